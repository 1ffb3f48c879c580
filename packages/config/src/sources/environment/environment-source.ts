import { createHash, randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { ConfigError } from "../../errors.ts";
import type { FileSystem } from "../../file-system.ts";
import { DEFAULT_LIMITS } from "../../formats/limits.ts";
import { whyUnreadable } from "../../references/why-unreadable.ts";
import type { ConfigSource, SourceRead } from "../config-source.ts";
import { locateJson } from "../locate-json.ts";
import { processVariables, type Variables } from "../process-variables.ts";

/** Which variables are read, and how strictly. */
export interface EnvSourceOptions {
  /** Default: that of the schema, or of `withEnvPrefix`. */
  readonly prefix?: string;
  /** Treats an empty variable as one that is not set. */
  readonly ignoreEmpty?: boolean;
  /** Ignores what Kubernetes sets for Services; default true. */
  readonly serviceLinkGuard?: boolean;
  /** Default: those of the process. `${env:…}` looks here too. */
  readonly variables?: Variables;
  readonly priority?: number;
}

/** What the files are read with that variables name. */
export interface EnvironmentFiles {
  readonly fs: Pick<FileSystem, "readFile" | "stat">;
  /** Of one file; default 4 MiB. */
  readonly maxBytes?: number | undefined;
}

/** A variable with the prefix. */
export interface PrefixedVariable {
  /** As it is set, prefix and all. */
  readonly name: string;
  readonly text: string;
}

/** What a variable `NAME_FILE` leads to: a file, or why it cannot be read. */
export type FileText =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly fault: string };

/** What one read found. Which paths the variables name is decided by what lies below them. */
export interface EnvironmentContent {
  readonly variables: readonly PrefixedVariable[];
  /** By name of the variable. */
  readonly files: ReadonlyMap<string, FileText>;
}

/**
 * The environment as a source. Its tree is only a list of variables: the loader turns it into a
 * layer with `environmentLayer`, because names match keys of the layers below.
 */
export class EnvironmentSource implements ConfigSource {
  readonly id = "environment";
  readonly kind = "environment";
  readonly prefix: string;
  readonly options: EnvSourceOptions;
  readonly #files: EnvironmentFiles;
  /** Hashes are shown; without the key nobody can try out what a variable holds. */
  readonly #hashKey = randomBytes(32);
  #content: EnvironmentContent = { variables: [], files: new Map() };

  constructor(prefix: string, options: EnvSourceOptions, files: EnvironmentFiles) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(prefix)) {
      const message = `${JSON.stringify(prefix)} is no prefix of variables`;
      throw new ConfigError("invalid_prefix", message, { hint: "write for example GATEWAY_" });
    }
    this.prefix = prefix;
    this.options = options;
    this.#files = files;
  }

  /** What the last read found. */
  get content(): EnvironmentContent {
    return this.#content;
  }

  async read(): Promise<SourceRead> {
    const variables = this.#prefixed();
    const files = await this.#readFiles(variables);
    this.#content = { variables, files };
    const hash = this.#hashOf(JSON.stringify([variables, [...files]]));
    const tree = locateJson({}, { kind: "env", variable: this.prefix });
    const paths = [...files.values()].map(({ path }) => path);
    return { state: "ok", tree, identity: hash, hash, files: paths };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #hashOf(text: string): string {
    return createHash("sha3-256").update(this.#hashKey).update(text).digest("hex");
  }

  /** In order of their names, so that nothing depends on that of the environment. */
  #prefixed(): readonly PrefixedVariable[] {
    const prefix = this.prefix.toLowerCase();
    const all = Object.entries(this.options.variables ?? processVariables());
    const found = all.flatMap(([name, text]) => {
      const isOurs = name.toLowerCase().startsWith(prefix) && name.length > prefix.length;
      const isEmpty = text === undefined || (text === "" && this.options.ignoreEmpty === true);
      return isOurs && !isEmpty ? [{ name, text }] : [];
    });
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #readFiles(variables: readonly PrefixedVariable[]): Promise<ReadonlyMap<string, FileText>> {
    const named = variables.filter(({ name }) => /_FILE$/i.test(name));
    const read = named.map(async ({ name, text }) => [name, await this.#readFile(text)] as const);
    return new Map(await Promise.all(read));
  }

  async #readFile(text: string): Promise<FileText> {
    if (text === "") return { path: text, fault: "it has no name" };
    const { fs, maxBytes = DEFAULT_LIMITS.maxBytes } = this.#files;
    const path = resolve(text);
    try {
      const { size } = await fs.stat(path);
      if (size > BigInt(maxBytes)) {
        return { path, fault: `it has ${size} bytes: expected at most ${maxBytes}` };
      }
      return textOf(path, await fs.readFile(path));
    } catch (error) {
      return { path, fault: whyUnreadable(error) };
    }
  }
}

function textOf(path: string, bytes: Uint8Array): FileText {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { path, text: text.replace(/\r?\n$/, "") };
  } catch {
    return { path, fault: "it is not UTF-8" };
  }
}
