/**
 * Reads what `kubectl` is configured with.
 *
 * @module
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */

import { dirname, resolve } from "node:path";
import { ConfigError } from "../../errors.ts";
import { systemCode } from "../../file-system.ts";
import { parseText } from "../../formats/parse-text.ts";
import { type MaterialInputs, readMaterial } from "../../references/read-material.ts";
import { toJson } from "../locate-json.ts";
import type { ClusterPlace, ReadText } from "./cluster-access.ts";
import {
  type KubeconfigCluster,
  type KubeconfigFile,
  type KubeconfigUser,
  toKubeconfigFile,
} from "./kubeconfig-shape.ts";

interface Kubeconfig extends KubeconfigFile {
  readonly path: string;
}

/** A member of a kubeconfig, with the file that it stands in: paths are relative to that. */
interface Named<T> {
  readonly path: string;
  readonly value: T;
}

/**
 * The cluster of the current context. Of several files the first that names a thing decides, as
 * with `kubectl`; files that do not exist are passed over.
 *
 * @returns nothing where none of the files exists
 * @throws {ConfigError} `kubeconfig_invalid`, or `kubeconfig_unsupported` for ways to log in that
 *   need other programs, and for what would weaken TLS
 */
export async function readKubeconfig(
  paths: readonly string[],
  inputs: MaterialInputs,
): Promise<ClusterPlace | undefined> {
  const read = await Promise.all(paths.map((path) => readFile(path, inputs)));
  const files = read.filter((file) => file !== undefined);
  const [first] = files;
  if (first === undefined) return undefined;
  const current = files.map((file) => file["current-context"] ?? "").find((name) => name !== "");
  if (current === undefined) throw invalid(first.path, "it has no current-context");
  const context = pick(files, "contexts", current).value.context;
  const cluster = pick(files, "clusters", context.cluster);
  const user = context.user === undefined ? undefined : pick(files, "users", context.user);
  return {
    ...placeOf({ path: cluster.path, value: cluster.value.cluster }, inputs),
    ...loginOf({ path: user?.path ?? first.path, value: user?.value.user ?? {} }, inputs),
  };
}

async function readFile(path: string, inputs: MaterialInputs): Promise<Kubeconfig | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await inputs.fs.readFile(path);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw new ConfigError("file_unreadable", `the kubeconfig ${path} cannot be read`, { cause });
  }
  const place = (line: number, column: number) =>
    ({ kind: "file", file: path, line, column }) as const;
  const parsed = parseText(bytes, { format: "yaml", place });
  if (parsed.state !== "ok") throw invalid(path, "it is no YAML document with content");
  const file = toKubeconfigFile(toJson(parsed.tree));
  if (!("length" in file)) return { ...file, path };
  throw invalid(path, `what it says at ${file.join(", ")} is not understood`);
}

type Lists = Pick<KubeconfigFile, "clusters" | "users" | "contexts">;
type Member<K extends keyof Lists> = NonNullable<Lists[K]>[number];

function pick<K extends keyof Lists>(
  files: readonly Kubeconfig[],
  list: K,
  name: string,
): Named<Member<K>> {
  for (const file of files) {
    const members: readonly Member<K>[] = file[list] ?? [];
    const value = members.find((member) => member.name === name);
    if (value !== undefined) return { path: file.path, value };
  }
  throw invalid(files[0]?.path ?? "", `it has no ${list.slice(0, -1)} ${JSON.stringify(name)}`);
}

function placeOf({ path, value }: Named<KubeconfigCluster>, inputs: MaterialInputs): ClusterPlace {
  if (value["insecure-skip-tls-verify"] === true) {
    throw unsupported(path, "it turns the check of certificates off", "name the authority");
  }
  if (value["tls-server-name"] !== undefined) {
    throw unsupported(path, "it has tls-server-name", "use a name that the certificate has");
  }
  if (value["proxy-url"] !== undefined) {
    throw unsupported(path, "it has proxy-url", "reach the server without a proxy");
  }
  const server = URL.parse(value.server);
  if (server === null || server.username !== "" || !/^https?:$/.test(server.protocol)) {
    throw invalid(path, "the server of its cluster is no URL");
  }
  const { "certificate-authority": ca, "certificate-authority-data": data } = value;
  return { server, ca: textOf({ file: ca, data }, path, inputs) };
}

function loginOf(
  { path, value }: Named<KubeconfigUser>,
  inputs: MaterialInputs,
): Omit<ClusterPlace, "server" | "ca"> {
  requireOwnMeans(path, value);
  const { token, tokenFile } = value;
  const written: ReadText | undefined = token === undefined ? undefined : async () => token;
  return {
    cert: textOf(
      { file: value["client-certificate"], data: value["client-certificate-data"] },
      path,
      inputs,
    ),
    key: textOf({ file: value["client-key"], data: value["client-key-data"] }, path, inputs),
    token: textOf({ file: tokenFile, data: undefined }, path, inputs) ?? written,
  };
}

/** Refuses ways to log in that a library must not use: other programs, and rights of others. */
function requireOwnMeans(path: string, { exec, as, username, ...user }: KubeconfigUser): void {
  const hint = "use the token of a service account, or a client certificate";
  if (exec !== undefined && exec !== null) {
    const program = exec.command === undefined ? "" : ` ${exec.command}`;
    throw unsupported(path, `its user logs in with the exec plugin${program}`, hint);
  }
  if (user["auth-provider"] !== undefined && user["auth-provider"] !== null) {
    throw unsupported(path, "its user logs in with an auth-provider", hint);
  }
  if (username !== undefined) throw unsupported(path, "its user has a password", hint);
  if (as !== undefined) throw unsupported(path, "its user acts as another one", hint);
}

/** Content that stands in the kubeconfig itself, else that of a file. */
function textOf(
  { file, data }: { readonly file: string | undefined; readonly data: string | undefined },
  kubeconfig: string,
  inputs: MaterialInputs,
): ReadText | undefined {
  if (data !== undefined && data !== "") {
    return async () => Buffer.from(data, "base64").toString("utf8");
  }
  if (file === undefined || file === "") return undefined;
  return () => readMaterial(resolve(dirname(kubeconfig), file), inputs);
}

function invalid(path: string, why: string): ConfigError {
  return new ConfigError("kubeconfig_invalid", `the kubeconfig ${path} cannot be used: ${why}`);
}

function unsupported(path: string, why: string, hint: string): ConfigError {
  const message = `the kubeconfig ${path} cannot be used: ${why}, which is not supported`;
  return new ConfigError("kubeconfig_unsupported", message, { hint });
}
