/**
 * Which server a command speaks to, as whom, and what its keys are relative to. A flag wins over a
 * variable, that over the project file, that over the user file, that over a development server
 * that runs.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { type Client, createClient } from "@llmcfg/client";
import { isLlmcfgError, LlmcfgError, parseDuration } from "@llmcfg/core";
import { type FlagValues, usage } from "./command.ts";
import { type NameCache, nameCacheOf, readEnvironments } from "./completion/name-cache.ts";
import type { Context, ProjectFile, UserFile } from "./context-files.ts";
import { readDevFile } from "./dev-file.ts";
import type { Io } from "./io.ts";

export interface Connection {
  readonly client: Client;
  readonly addr: string;
  /** What keys are relative to. */
  readonly scope: Scope;
  /** Names that completion offers for this server. */
  readonly names: NameCache;
}

export interface Scope {
  readonly env: string | undefined;
  readonly service: string | undefined;
  /** Whether a flag gave one of them: then keys are always relative. */
  readonly isGivenByFlag: boolean;
  /** Those that the server is known to have, with their aliases. */
  readonly environments: readonly string[];
}

/** @throws {LlmcfgError} `INVALID_ARGUMENT` where nothing says which server, or a file is wrong */
export async function connect(io: Io, flags: FlagValues): Promise<Connection> {
  refuseUnbuilt(io.env);
  const project = await readProjectFile(io.cwd);
  const context = await contextOf(io, flags, project?.context);
  const dev = await readDevFile(io.env);
  const addr = text(flags["server"]) ?? given(io.env["LLMCFG_ADDR"]) ?? context.server ?? dev?.url;
  if (addr === undefined) {
    const hint = "start one with llmcfg dev, or set LLMCFG_ADDR and LLMCFG_TOKEN";
    throw new LlmcfgError("OFFLINE_MISS", "there is no server to ask", { retryAfter: 1, hint });
  }
  const devToken = dev?.url === addr ? dev.token : undefined; // never to another server
  const token = (await readToken(io, flags)) ?? devToken;
  const tenant = text(flags["tenant"]) ?? given(io.env["LLMCFG_TENANT"]) ?? context.tenant;
  await trustCertificates(io, flags);
  const client = createClient({ addr, token, tenant, via: "cli", timeoutMs: timeoutOf(flags) });
  const names = nameCacheOf(io.env, { addr: client.addr, tenant, token });
  const environments = (await readEnvironments(names))?.names ?? [];
  return {
    addr,
    client,
    names,
    scope: {
      env: text(flags["env"]) ?? given(io.env["LLMCFG_ENV"]) ?? project?.env ?? context.env,
      service:
        text(flags["service"]) ??
        given(io.env["LLMCFG_SERVICE"]) ??
        project?.service ??
        context.service,
      isGivenByFlag: flags["env"] !== undefined || flags["service"] !== undefined,
      environments: environments.flatMap((line) => line.split(" ")),
    },
  };
}

/** What would be ignored otherwise, and is meant to change whom we speak to. */
function refuseUnbuilt(env: Io["env"]): void {
  for (const name of ["LLMCFG_LOCAL", "LLMCFG_CLIENT_CERT", "LLMCFG_CLIENT_KEY"]) {
    if (given(env[name]) === undefined) continue;
    throw new LlmcfgError("NOT_IMPLEMENTED", `${name} is specified and not built yet`, {});
  }
}

/** Milliseconds; `undefined` where the flag is not given. */
export function timeoutOf(flags: FlagValues): number | undefined {
  const timeout = text(flags["timeout"]);
  if (timeout === undefined) return undefined;
  try {
    return parseDuration(timeout);
  } catch (error) {
    if (!isLlmcfgError(error, "INVALID_ARGUMENT")) throw error;
    throw usage(`--timeout ${timeout} is no duration`, "a whole number with ms, s, m or h: 30s");
  }
}

/** For the requests of this process, beside those that the system trusts. */
async function trustCertificates(io: Io, flags: FlagValues): Promise<void> {
  const file = text(flags["cacert"]) ?? given(io.env["LLMCFG_CACERT"]);
  if (file === undefined) return;
  const pem = await readIfThere(file);
  if (pem === undefined) throw usage(`the certificate file ${file} cannot be read`);
  const { getCACertificates, setDefaultCACertificates } = await import("node:tls");
  try {
    setDefaultCACertificates([...getCACertificates("default"), pem]);
  } catch {
    throw usage(`the certificate file ${file} holds no certificate in PEM`);
  }
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A variable that is set to nothing is not set. */
function given(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

async function readToken(io: Io, flags: FlagValues): Promise<string | undefined> {
  const file = text(flags["token-file"]) ?? given(io.env["LLMCFG_TOKEN_FILE"]);
  if (file === undefined) return given(io.env["LLMCFG_TOKEN"]);
  if (file === "-") return (await io.readInput()).trim();
  const content = await readIfThere(file);
  if (content === undefined) throw usage(`the token file ${file} cannot be read`);
  return content.trim();
}

async function contextOf(
  io: Io,
  flags: FlagValues,
  projectContext: string | undefined,
): Promise<Context> {
  const home = given(io.env["XDG_CONFIG_HOME"]) ?? join(io.env["HOME"] ?? homedir(), ".config");
  const file = join(home, "llmcfg/config.yaml");
  const asked = text(flags["context"]) ?? given(io.env["LLMCFG_CONTEXT"]) ?? projectContext;
  const user = await readUserFile(file);
  const name = asked ?? user?.current;
  if (name === undefined) return {};
  const found = user?.contexts[name];
  if (found === undefined) throw usage(`there is no context ${name}`, `add it to ${file}`);
  return found;
}

async function readUserFile(file: string): Promise<UserFile | undefined> {
  const content = await readIfThere(file);
  if (content === undefined) return undefined;
  const { parseUserFile } = await import("./context-files.ts"); // YAML is loaded where there is some
  return parseUserFile(file, content);
}

async function readProjectFile(cwd: string): Promise<ProjectFile | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, ".llmcfg.yaml");
    const content = await readIfThere(file);
    if (content !== undefined) {
      const { parseProjectFile } = await import("./context-files.ts");
      return parseProjectFile(file, content);
    }
    if (dirname(folder) === folder) return undefined;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return undefined;
  }
}
