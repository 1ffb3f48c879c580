/**
 * Where the API server is and how to be let in: inside a cluster, or by a kubeconfig.
 *
 * @module
 */

import { join } from "node:path";
import { ConfigError } from "../../errors.ts";
import type { HttpTls } from "../../http/http-client.ts";
import {
  type MaterialInputs,
  readCredential,
  readMaterial,
} from "../../references/read-material.ts";
import type { RemoteCommon } from "../remote/remote-options.ts";
import { readKubeconfig } from "./kubeconfig.ts";

export interface ClusterAccess {
  readonly server: URL;
  readonly tls: HttpTls;
  /** Reads it anew at each call, since tokens are replaced while they are used. */
  readonly token?: (() => Promise<string>) | undefined;
}

/** What is known about a cluster before anything is read that options may replace. */
export interface ClusterPlace {
  readonly server: URL;
  readonly ca?: ReadText | undefined;
  readonly cert?: ReadText | undefined;
  readonly key?: ReadText | undefined;
  readonly token?: ReadText | undefined;
}

/** @throws {ConfigError} `file_unreadable` */
export type ReadText = () => Promise<string>;

/** What Kubernetes puts into every pod. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The cluster that `KUBECONFIG` names, else the one that this process runs in, else the one of
 * `~/.kube/config`. Token and TLS material of the options take the place of what is found there.
 *
 * @throws {ConfigError} `cluster_unknown`, `kubeconfig_invalid`, `kubeconfig_unsupported`,
 *   `file_unreadable`, `secret_not_found`
 */
export async function findCluster(
  { token, tls = {} }: Pick<RemoteCommon, "token" | "tls">,
  inputs: MaterialInputs,
): Promise<ClusterAccess> {
  const place = await findPlace(inputs);
  const own = (text: string | undefined): ReadText | undefined =>
    text === undefined ? undefined : () => readMaterial(text, inputs);
  const isOwnPair = tls.cert !== undefined || tls.key !== undefined; // never half of another's
  const [ca, cert, key] = await Promise.all([
    (own(tls.ca) ?? place.ca)?.(),
    (isOwnPair ? own(tls.cert) : place.cert)?.(),
    (isOwnPair ? own(tls.key) : place.key)?.(),
  ]);
  return {
    server: place.server,
    tls: { ca, cert, key },
    token: token === undefined ? place.token : () => readCredential(token, inputs),
  };
}

async function findPlace(inputs: MaterialInputs): Promise<ClusterPlace> {
  const { variable } = inputs;
  const named = variable("KUBECONFIG");
  if (named !== undefined && named !== "") {
    const files = named.split(":").filter((path) => path !== "");
    return await required(files, inputs);
  }
  const inside = clusterAround(inputs);
  if (inside !== undefined) return inside;
  const home = variable("HOME");
  return await required(home === undefined ? [] : [join(home, ".kube/config")], inputs);
}

async function required(files: readonly string[], inputs: MaterialInputs): Promise<ClusterPlace> {
  const found = await readKubeconfig(files, inputs);
  if (found !== undefined) return found;
  const places = files.length === 0 ? "" : ` at ${files.join(", ")}`;
  throw new ConfigError(
    "cluster_unknown",
    `this process runs in no Kubernetes cluster, and there is no kubeconfig${places}`,
    { hint: "set KUBECONFIG, or run it in a pod" },
  );
}

/** The cluster that this process runs in, by the variables that Kubernetes gives every container. */
function clusterAround(inputs: MaterialInputs): ClusterPlace | undefined {
  const host = inputs.variable("KUBERNETES_SERVICE_HOST");
  const port = inputs.variable("KUBERNETES_SERVICE_PORT");
  if (host === undefined || port === undefined || host === "" || port === "") return undefined;
  const server = URL.parse(`https://${host.includes(":") ? `[${host}]` : host}:${port}`);
  if (server === null) return undefined;
  return {
    server,
    ca: () => readMaterial(`${SERVICE_ACCOUNT}/ca.crt`, inputs),
    token: () => readMaterial(`${SERVICE_ACCOUNT}/token`, inputs),
  };
}
