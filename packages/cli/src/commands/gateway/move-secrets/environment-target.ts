import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { ConfigError } from "@llmcfg/config";
import { usage } from "../../../command.ts";
import type { Io } from "../../../io.ts";
import type { SecretTarget } from "./secret-target.ts";

/**
 * A new file of variables, for its owner's eyes alone, as `node --env-file`, Docker Compose and
 * systemd read it. The references are `${env:NAME}`.
 */
export function environmentTarget(file: string, io: Pick<Io, "cwd">): SecretTarget {
  if (file === "") throw usage("name the file: --move-secrets-to environment:gateway.env");
  const variables = new Map<string, string>();
  return {
    moveTo: async (path, value) => {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(value);
      const name = freeName(nameOf(path), text, variables);
      variables.set(name, text);
      return `\${env:${name}}`;
    },
    finish: async () => {
      if (variables.size > 0) await writeNew(resolve(io.cwd, file), textOf(variables));
    },
  };
}

/** As the backend `environment` names it (SM-5). */
function nameOf(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9]/g, "_").toUpperCase();
}

/** Two paths may come to one name. */
function freeName(name: string, text: string, taken: ReadonlyMap<string, string>): string {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}_${count}`;
    if ((taken.get(candidate) ?? text) === text) return candidate;
  }
}

/** @throws {ConfigError} `not_a_variable` for a value that no such file can hold */
function textOf(variables: ReadonlyMap<string, string>): string {
  const text = [...variables].map(([name, value]) => `${name}=${quoted(value)}\n`).join("");
  const read = parseEnv(text);
  for (const [name, value] of variables) {
    if (read[name] === value) continue;
    throw new ConfigError("not_a_variable", `the value for ${name} fits no file of variables`, {
      hint: "move the secrets to vault or llmcfg",
    });
  }
  return text;
}

/** Between quotation marks that it does not hold itself; bare where it needs none. */
function quoted(value: string): string {
  if (/^[A-Za-z0-9_./:@%+,=-]*$/.test(value)) return value;
  const mark = ["'", '"', "`"].find((one) => !value.includes(one)) ?? "'";
  return `${mark}${value}${mark}`;
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (!isThere) throw error;
    throw new ConfigError("target_exists", `the file ${path} exists already`, { cause: error });
  }
}
