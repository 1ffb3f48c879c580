import { basename, extname } from "node:path";
import type { Clock } from "../clock.ts";
import { type FileSystem, systemCode } from "../file-system.ts";
import { DEFAULT_LIMITS, type Limits } from "../formats/limits.ts";
import {
  type Format,
  formatOf,
  isOtherFile,
  type ParsedText,
  parseText,
  tooLarge,
} from "../formats/parse-text.ts";
import type { Place } from "../formats/tree-builder.ts";
import type { Finding } from "../validate/finding.ts";
import type {
  ConfigSource,
  SourceFailure,
  SourceRead,
  SourceReadContext,
} from "./config-source.ts";
import { contentHash } from "./content-hash.ts";
import { type FileLook, identityOfRead, lookAtFile, plainIdentity } from "./file-identity.ts";
import type { Position } from "./located.ts";

export interface FileSourceOptions {
  /** May be absent when the process starts. */
  readonly optional?: boolean;
  /** Default: by the extension. */
  readonly format?: Format;
  readonly priority?: number;
}

export interface FileSourceSeams {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly limits?: Partial<Limits> | undefined;
  /** How long a file may go on changing while it is read; default 2 s. */
  readonly settleTimeoutMs?: number | undefined;
}

/** Waits between looks at a file that is being written; the last one is repeated. */
const RETRY_WAITS_MS = [50, 100, 200, 400] as const;

/** A file that does not parse and is younger than this may be only half written. */
const FRESH_MS = 1_000;

/**
 * One file. A read is stable: the file was the same before and after it, and not emptied for the
 * moment by a program that is about to write it again.
 */
export class FileSource implements ConfigSource {
  readonly id: string;
  readonly kind = "file";
  readonly path: string;
  readonly #format: Format;
  readonly #seams: FileSourceSeams;
  #parsed: { readonly hash: string; readonly result: ParsedText } | undefined;

  /** @throws {ConfigError} `unsupported_extension` */
  constructor(path: string, options: FileSourceOptions, seams: FileSourceSeams) {
    this.id = `file:${path}`;
    this.path = path;
    this.#format = options.format ?? formatOf(path);
    this.#seams = seams;
  }

  /** Whether the file is still the one that was read. */
  async isStill(identity: string): Promise<boolean> {
    try {
      const look = await lookAtFile(this.#seams.fs, this.path);
      return look.identity === plainIdentity(identity);
    } catch {
      return false;
    }
  }

  async read({ previous, signal }: SourceReadContext): Promise<SourceRead> {
    try {
      const { identity } = await lookAtFile(this.#seams.fs, this.path);
      if (identity === previous?.identity) return { state: "unchanged" };
      return await this.#readStable(previous !== undefined, signal);
    } catch (error) {
      signal.throwIfAborted();
      return failureOf(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #readStable(hadContent: boolean, signal: AbortSignal): Promise<SourceRead> {
    const { clock, settleTimeoutMs = 2_000 } = this.#seams;
    const startedAtMs = clock.now();
    let mayRetryParse = true;
    for (let attempt = 0; ; attempt++) {
      const before = await lookAtFile(this.#seams.fs, this.path);
      const refused = this.#refuseLarge(before);
      if (refused !== undefined) return refused;
      const bytes = await this.#seams.fs.readFile(this.path);
      const after = await lookAtFile(this.#seams.fs, this.path);
      const isSettled = before.identity === after.identity && !(bytes.length === 0 && hadContent);
      if (isSettled) {
        const read = this.#toRead(bytes, after);
        const isFresh = clock.now() - Number(after.stat.mtimeNs / 1_000_000n) < FRESH_MS;
        if (read.state !== "malformed" || !mayRetryParse || !isFresh) return read;
        mayRetryParse = false;
      }
      const waitMs = RETRY_WAITS_MS[Math.min(attempt, RETRY_WAITS_MS.length - 1)] ?? 0;
      if (clock.now() - startedAtMs + waitMs > settleTimeoutMs) {
        return bytes.length === 0 ? emptyFile() : unstable();
      }
      await wait(clock, waitMs, signal);
    }
  }

  /** By its size, before it is read into memory. */
  #refuseLarge({ stat: { size }, realPath }: FileLook): SourceRead | undefined {
    const { maxBytes } = { ...DEFAULT_LIMITS, ...this.#seams.limits };
    if (size <= BigInt(maxBytes)) return undefined;
    const finding = tooLarge(this.#placeIn(realPath), size, maxBytes);
    return { state: "malformed", findings: [{ ...finding, source: this.id }] };
  }

  #placeIn(realPath: string): Place {
    const file = this.path;
    const real = realPath === file ? {} : { realPath };
    return (line, column) => ({ kind: "file", file, line, column, ...real });
  }

  #toRead(bytes: Uint8Array, look: FileLook): SourceRead {
    const identity = identityOfRead(look, this.#seams.clock.now());
    const hash = contentHash(bytes);
    const result = this.#parse(bytes, hash, look.realPath);
    switch (result.state) {
      case "ok":
        return {
          state: "ok",
          tree: result.tree,
          identity,
          hash,
          texts: new Map([[this.path, result.text]]),
        };
      case "empty":
        return emptyFile();
      case "malformed":
        return {
          state: "malformed",
          findings: result.findings.map((f) => ({ ...f, source: this.id })),
        };
    }
  }

  /** Parsed once for each content. */
  #parse(bytes: Uint8Array, hash: string, realPath: string): ParsedText {
    if (this.#parsed?.hash === hash) return this.#parsed.result;
    const { limits } = this.#seams;
    const file = this.path;
    const place = this.#placeIn(realPath);
    const isNamed = extname(file) !== "";
    const result =
      !isNamed && isOtherFile(new TextDecoder().decode(bytes))
        ? ({ state: "malformed", findings: [otherFile(file, place(1, 1))] } as const)
        : parseText(bytes, { format: this.#format, place, limits });
    this.#parsed = { hash, result };
    return result;
  }
}

function otherFile(file: string, position: Position): Finding {
  return {
    kind: "schema_violation",
    severity: "error",
    code: "not_a_config_file",
    path: "",
    pointer: "",
    message: `${basename(file)} is no configuration file`,
    hint: "it is binary, or holds NAME=value lines; name the format if this is wrong",
    position,
  };
}

function failureOf(error: unknown): SourceFailure {
  const cause =
    error instanceof Error ? error : new Error("the file cannot be read", { cause: error });
  const code = systemCode(error);
  const isMissing = code === "ENOENT" || code === "ENOTDIR";
  return { state: isMissing ? "missing" : "unreadable", cause };
}

function emptyFile(): SourceFailure {
  return { state: "empty", cause: new Error("the file has no content: write {} to mean nothing") };
}

function unstable(): SourceFailure {
  return { state: "unstable", cause: new Error("the file went on changing while it was read") };
}

async function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  using stack = new DisposableStack();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = () => reject(signal.reason);
  stack.use(clock.setTimeout(resolve, ms));
  signal.addEventListener("abort", abort, { once: true });
  stack.defer(() => signal.removeEventListener("abort", abort));
  await promise;
}
