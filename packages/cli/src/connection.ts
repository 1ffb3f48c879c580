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
import { LlmcfgError, parseDuration } from "@llmcfg/core";
import { parse } from "yaml";
import { z } from "zod";
import { usage } from "./command.ts";
import { readDevFile } from "./dev-file.ts";
import type { Io } from "./io.ts";

export interface Connection {
  readonly client: Client;
  readonly addr: string;
  /** What keys are relative to. */
  readonly scope: Scope;
}

export interface Scope {
  readonly env: string | undefined;
  readonly service: string | undefined;
  /** Whether a flag gave one of them: then keys are always relative. */
  readonly isGivenByFlag: boolean;
}

type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

const Context = z.strictObject({
  server: z.string().optional(),
  tenant: z.string().optional(),
  env: z.string().optional(),
  service: z.string().optional(),
});
type Context = z.output<typeof Context>;

const UserFile = z.strictObject({
  schemaVersion: z.literal(1),
  current: z.string().optional(),
  contexts: z.record(z.string(), Context).default({}),
});

/** A project may name a context; never an address or a token (CLI-25). */
const ProjectFile = z.strictObject({
  schemaVersion: z.literal(1),
  context: z.string().optional(),
  env: z.string().optional(),
  service: z.string().optional(),
  dir: z.string().optional(),
  source: z.string().optional(),
});

/** @throws {LlmcfgError} `INVALID_ARGUMENT` where nothing says which server, or a file is wrong */
export async function connect(io: Io, flags: FlagValues): Promise<Connection> {
  const project = (await readProjectFile(io.cwd)) ?? { schemaVersion: 1 };
  const context = await contextOf(io, flags, project.context);
  const dev = await readDevFile(io.env);
  const addr = text(flags["server"]) ?? io.env["LLMCFG_ADDR"] ?? context.server ?? dev?.url;
  if (addr === undefined) {
    const hint = "start one with llmcfg dev, or set LLMCFG_ADDR and LLMCFG_TOKEN";
    throw new LlmcfgError("OFFLINE_MISS", "there is no server to ask", { retryAfter: 1, hint });
  }
  const devToken = dev?.url === addr ? dev.token : undefined; // never to another server
  const token = (await readToken(io, flags)) ?? devToken;
  const tenant = text(flags["tenant"]) ?? io.env["LLMCFG_TENANT"] ?? context.tenant;
  const timeout = text(flags["timeout"]);
  return {
    addr,
    client: createClient({
      addr,
      token,
      tenant,
      via: "cli",
      ...(timeout === undefined ? {} : { timeoutMs: parseDuration(timeout) }),
    }),
    scope: {
      env: text(flags["env"]) ?? io.env["LLMCFG_ENV"] ?? project.env ?? context.env,
      service:
        text(flags["service"]) ?? io.env["LLMCFG_SERVICE"] ?? project.service ?? context.service,
      isGivenByFlag: flags["env"] !== undefined || flags["service"] !== undefined,
    },
  };
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

async function readToken(io: Io, flags: FlagValues): Promise<string | undefined> {
  const file = text(flags["token-file"]) ?? io.env["LLMCFG_TOKEN_FILE"];
  if (file === undefined) return io.env["LLMCFG_TOKEN"];
  const content = await readIfThere(file);
  if (content === undefined) throw usage(`the token file ${file} cannot be read`);
  return content.trim();
}

async function contextOf(
  io: Io,
  flags: FlagValues,
  projectContext: string | undefined,
): Promise<Context> {
  const home = io.env["XDG_CONFIG_HOME"] ?? join(io.env["HOME"] ?? homedir(), ".config");
  const file = join(home, "llmcfg/config.yaml");
  const content = await readIfThere(file);
  const asked = text(flags["context"]) ?? io.env["LLMCFG_CONTEXT"] ?? projectContext;
  const user = content === undefined ? undefined : parseFile(UserFile, file, content);
  const name = asked ?? user?.current;
  if (name === undefined) return {};
  const found = user?.contexts[name];
  if (found === undefined) throw usage(`there is no context ${name}`, `add it to ${file}`);
  return found;
}

async function readProjectFile(cwd: string): Promise<z.output<typeof ProjectFile> | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, ".llmcfg.yaml");
    const content = await readIfThere(file);
    if (content !== undefined) return parseFile(ProjectFile, file, content);
    if (dirname(folder) === folder) return undefined;
  }
}

function parseFile<S extends z.ZodType>(schema: S, file: string, content: string): z.output<S> {
  try {
    return schema.parse(parse(content));
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    const where =
      issue === undefined ? "" : ` at ${issue.path.join(".") || "its root"}: ${issue.message}`;
    throw usage(`${file} is not right${where}`);
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return undefined;
  }
}
