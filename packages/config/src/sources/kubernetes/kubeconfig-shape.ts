/**
 * As much of a kubeconfig as is looked at.
 *
 * @module
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */

import * as z from "zod";

export interface KubeconfigCluster {
  readonly server: string;
  readonly "certificate-authority"?: string | undefined;
  readonly "certificate-authority-data"?: string | undefined;
  readonly "insecure-skip-tls-verify"?: boolean | undefined;
  readonly "tls-server-name"?: string | undefined;
  readonly "proxy-url"?: string | undefined;
}

export interface KubeconfigUser {
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly "client-certificate"?: string | undefined;
  readonly "client-certificate-data"?: string | undefined;
  readonly "client-key"?: string | undefined;
  readonly "client-key-data"?: string | undefined;
  readonly exec?: { readonly command?: string | undefined } | null | undefined;
  readonly "auth-provider"?: unknown;
  readonly username?: string | undefined;
  readonly as?: string | undefined;
}

export interface KubeconfigContext {
  readonly cluster: string;
  readonly user?: string | undefined;
}

export interface KubeconfigFile {
  readonly "current-context"?: string | null | undefined;
  readonly clusters?:
    | readonly { readonly name: string; readonly cluster: KubeconfigCluster }[]
    | null
    | undefined;
  readonly users?:
    | readonly { readonly name: string; readonly user?: KubeconfigUser | null | undefined }[]
    | null
    | undefined;
  readonly contexts?:
    | readonly { readonly name: string; readonly context: KubeconfigContext }[]
    | null
    | undefined;
}

const text = z.string().optional();

const CLUSTER = z.object({
  server: z.string(),
  "certificate-authority": text,
  "certificate-authority-data": text,
  "insecure-skip-tls-verify": z.boolean().optional(),
  "tls-server-name": text,
  "proxy-url": text,
});

const USER = z.object({
  token: text,
  tokenFile: text,
  "client-certificate": text,
  "client-certificate-data": text,
  "client-key": text,
  "client-key-data": text,
  exec: z.object({ command: text }).nullish(),
  "auth-provider": z.unknown().optional(),
  username: text,
  as: text,
});

const CONTEXT = z.object({ cluster: z.string(), user: text });

const KUBECONFIG = z.object({
  "current-context": z.string().nullish(),
  clusters: z.array(z.object({ name: z.string(), cluster: CLUSTER })).nullish(),
  users: z.array(z.object({ name: z.string(), user: USER.nullish() })).nullish(),
  contexts: z.array(z.object({ name: z.string(), context: CONTEXT })).nullish(),
});

/** The file, or the places in it that are not understood: `clusters.0.cluster.server`. */
export function toKubeconfigFile(json: unknown): KubeconfigFile | readonly string[] {
  const { success, data, error } = KUBECONFIG.safeParse(json);
  return success ? data : error.issues.map(({ path }) => path.join(".")); // the messages may quote it
}
