import { basename, extname } from "node:path";
import type { Clock } from "../../clock.ts";
import { type FileSystem, systemCode } from "../../file-system.ts";
import { DEFAULT_LIMITS } from "../../formats/limits.ts";
import { type Format, isOtherFile, type ParsedText, tooLarge } from "../../formats/parse-text.ts";
import { type FileOrigin, placeIn } from "../../formats/text-position.ts";
import type { Finding } from "../../validate/finding.ts";
import type { SourceFailure } from "../config-source.ts";
import { contentHash } from "../content-hash.ts";
import { type FileLook, identityOfRead, lookAtFile } from "../file-identity.ts";
import type { LocatedObject, Position } from "../located.ts";
import { lookAtPath } from "../seen-path.ts";
import type { TextTools } from "../text-tools.ts";
import { Settling } from "./settling.ts";

export interface FileSeams extends TextTools {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** How long a file may go on changing while it is read; default 2 s. */
  readonly settleTimeoutMs?: number | undefined;
}

export interface FileRequest {
  readonly path: string;
  readonly format: Format;
  /** It had content when it was read before: if it is empty now, somebody is about to write it. */
  readonly hadContent: boolean;
  readonly signal: AbortSignal;
}

export interface FileRead {
  /** What it was when it was read. */
  readonly identity: string;
  readonly result: ReadFile | SourceFailure;
}

/** One file, parsed. */
export interface ReadFile {
  readonly state: "ok";
  /** `file:/etc/gateway/gateway.yaml`, the source of what it says. */
  readonly id: string;
  readonly path: string;
  readonly realPath: string;
  readonly format: Format;
  readonly hash: string;
  readonly tree: LocatedObject;
  readonly text: string;
}

/** How often a file may be exchanged for another one in the moment in which it is read. */
const MAX_SWAPS = 20;

type ReadAttempt =
  | { readonly before: FileLook; readonly refused: SourceFailure }
  | { readonly before: FileLook; readonly bytes: Uint8Array; readonly after: FileLook };

/** A file that does not parse and is younger than this may be only half written. */
const FRESH_MS = 1_000;

export function idOfFile(path: string): string {
  return `file:${path}`;
}

/**
 * Reads files. A read is stable: the file was the same before and after it, and not emptied for the
 * moment by a program that is about to write it again. Each content is parsed once.
 */
export class FileReader {
  readonly #seams: FileSeams;
  readonly #parsed = new Map<string, { readonly key: string; readonly result: ParsedText }>();

  constructor(seams: FileSeams) {
    this.#seams = seams;
  }

  /** Throws nothing but the reason of the signal. */
  async read(request: FileRequest): Promise<FileRead> {
    try {
      return await this.#readStable(request);
    } catch (error) {
      request.signal.throwIfAborted();
      const { identity } = await lookAtPath(this.#seams.fs, { path: request.path, type: "file" });
      return { identity, result: failureOf(error) };
    }
  }

  /** For what is read together: how long that may take to come to rest. */
  settling(signal: AbortSignal, atOnce = 0): Settling {
    const { clock, settleTimeoutMs } = this.#seams;
    return new Settling({ clock, settleTimeoutMs, signal, atOnce });
  }

  /** What other files held is not needed again. */
  keepOnly(paths: ReadonlySet<string>): void {
    for (const path of this.#parsed.keys()) if (!paths.has(path)) this.#parsed.delete(path);
  }

  async #readStable(request: FileRequest): Promise<FileRead> {
    const { clock } = this.#seams;
    const { path, hadContent, signal } = request;
    const settling = this.settling(signal);
    let mayRetryParse = true;
    for (;;) {
      const look = await this.#lookAndRead(path);
      if ("refused" in look) return { identity: look.before.identity, result: look.refused };
      const { before, bytes, after } = look;
      const isSettled = before.identity === after.identity && !(bytes.length === 0 && hadContent);
      if (isSettled) {
        const identity = identityOfRead(after, clock.now());
        const result = await this.#toResult(bytes, after, request);
        const isFresh = clock.now() - Number(after.stat.mtimeNs / 1_000_000n) < FRESH_MS;
        if (result.state !== "malformed" || !mayRetryParse || !isFresh) return { identity, result };
        mayRetryParse = false;
      }
      if (await settling.mayLookAgain()) continue;
      return { identity: after.identity, result: bytes.length === 0 ? emptyFile() : unstable() };
    }
  }

  /**
   * Where links lead to another file while it is read, the one before may be gone already (P12): the
   * file is missing only if it is still not there after that.
   */
  async #lookAndRead(path: string): Promise<ReadAttempt> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#lookAndReadOnce(path);
      } catch (error) {
        const isGone = failureOf(error).state === "missing";
        if (!isGone || attempt === MAX_SWAPS || !(await this.#isThere(path))) throw error;
      }
    }
  }

  async #lookAndReadOnce(path: string): Promise<ReadAttempt> {
    const { fs } = this.#seams;
    const before = await lookAtFile(fs, path);
    const refused = this.#refuseLarge(before, path);
    if (refused !== undefined) return { before, refused };
    const bytes = await fs.readFile(path);
    return { before, bytes, after: await lookAtFile(fs, path) };
  }

  async #isThere(path: string): Promise<boolean> {
    return await this.#seams.fs.stat(path).then(
      () => true,
      () => false,
    );
  }

  /** By its size, before it is read into memory. */
  #refuseLarge({ stat: { size }, realPath }: FileLook, path: string): SourceFailure | undefined {
    const { maxBytes } = { ...DEFAULT_LIMITS, ...this.#seams.limits };
    if (size <= BigInt(maxBytes)) return undefined;
    return malformed([tooLarge(placeIn(originOf({ path, realPath })), size, maxBytes)], path);
  }

  async #toResult(
    bytes: Uint8Array,
    { realPath }: FileLook,
    { path, format }: FileRequest,
  ): Promise<ReadFile | SourceFailure> {
    const hash = contentHash(bytes);
    const key = `${format} ${hash}`;
    const known = this.#parsed.get(path);
    const parsed =
      known?.key === key ? known.result : await this.#parse(bytes, { path, realPath, format });
    this.#parsed.set(path, { key, result: parsed });
    switch (parsed.state) {
      case "ok":
        return { ...parsed, id: idOfFile(path), path, realPath, format, hash };
      case "empty":
        return emptyFile();
      case "malformed":
        return malformed(parsed.findings, path, new TextDecoder().decode(bytes));
    }
  }

  async #parse(
    bytes: Uint8Array,
    { path, realPath, format }: Pick<ReadFile, "path" | "realPath" | "format">,
  ): Promise<ParsedText> {
    const { limits, parser } = this.#seams;
    const origin = originOf({ path, realPath });
    if (extname(path) === "" && isOtherFile(new TextDecoder().decode(bytes))) {
      return { state: "malformed", findings: [otherFile(path, placeIn(origin)(1, 1))] };
    }
    return await parser.parse(bytes, { format, origin, limits });
  }
}

function originOf({ path, realPath }: Pick<ReadFile, "path" | "realPath">): FileOrigin {
  return { kind: "file", file: path, realPath };
}

function malformed(findings: readonly Finding[], path: string, text?: string): SourceFailure {
  const source = idOfFile(path);
  const about = findings.map((finding) => ({ ...finding, source }));
  if (text === undefined) return { state: "malformed", findings: about };
  return {
    state: "malformed",
    findings: about,
    textOf: (name) => (name === path ? text : undefined),
  };
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

/** What it means that the file system says no. */
export function failureOf(error: unknown): SourceFailure {
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
