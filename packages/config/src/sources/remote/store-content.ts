import { findFormat } from "../../formats/parse-text.ts";
import { HttpFailure } from "../../http/http-client.ts";
import { Slices } from "../../load/slices.ts";
import type { Finding } from "../../validate/finding.ts";
import type { SourceRead, SourceReadContext } from "../config-source.ts";
import { type KeyedText, locateInSteps } from "../locate-entries.ts";
import type { Position } from "../located.ts";
import type { TextTools } from "../text-tools.ts";
import { digestOf } from "./digest-of.ts";
import type { StoreEntry, StoreReading } from "./key-value-store.ts";
import { mapInSlices } from "./map-in-slices.ts";
import { RemoteDocument } from "./remote-document.ts";
import { malformed, missing } from "./remote-failure.ts";
import type { KeyOrPrefix } from "./remote-options.ts";

export interface StoreContentOptions {
  /** Where the store is, for positions: without credentials. */
  readonly url: string;
  readonly place: KeyOrPrefix;
}

type RemotePosition = Position & { readonly kind: "remote" };

/** Turns what a store holds into a layer: one document, or a path for each key (LOAD-16). */
export class StoreContent {
  readonly #options: StoreContentOptions;
  readonly #document: RemoteDocument;

  constructor(options: StoreContentOptions, tools: TextTools) {
    this.#options = options;
    this.#document = new RemoteDocument(tools);
  }

  /** @throws {ConfigError} `stopped` where the parser ends before */
  async toRead(
    reading: StoreReading,
    previous: SourceReadContext["previous"],
  ): Promise<SourceRead> {
    const { key, prefix } = this.#options.place;
    if (key !== undefined) return await this.#toDocument(key, reading, previous);
    return await this.#toTree(toFolder(prefix), reading, previous);
  }

  /** Content above the limit: it is there, and it is too much. */
  tooLarge(failure: HttpFailure): SourceRead {
    const { url, place } = this.#options;
    const key = place.key ?? place.prefix;
    const finding = malformed({ kind: "remote", url, key }, "too_large", failure.message);
    return { state: "malformed", findings: [finding] };
  }

  async #toDocument(
    key: string,
    [entry]: StoreReading,
    previous: SourceReadContext["previous"],
  ): Promise<SourceRead> {
    if (entry === undefined) return missing(`there is no key ${key} at ${this.#options.url}`);
    const { value: bytes, revision } = entry;
    const format = findFormat(key) ?? "yaml";
    const at = this.#at(entry);
    return await this.#document.toRead({ bytes, format, revision, at }, previous);
  }

  async #toTree(
    folder: string,
    reading: StoreReading,
    previous: SourceReadContext["previous"],
  ): Promise<SourceRead> {
    const entries = reading.filter((entry) => !isFolder(entry));
    if (entries.length === 0) {
      return missing(`there is no key below ${folder} at ${this.#options.url}`);
    }
    const { content: hash, revisions } = await digestOf(entries);
    const identity = `${revisions} ${hash}`;
    if (previous?.identity === identity) return { state: "unchanged" };
    const { texts, findings } = await this.#decode(folder, entries);
    if (findings.length > 0) return { state: "malformed", findings };
    const root: RemotePosition = { kind: "remote", url: this.#options.url, key: folder };
    const located = await new Slices().run(locateInSteps(texts, root));
    if (located.state === "malformed") return located;
    return { state: "ok", tree: located.tree, identity, hash, revision: newestOf(entries) };
  }

  async #decode(
    folder: string,
    entries: StoreReading,
  ): Promise<{ readonly texts: readonly KeyedText[]; readonly findings: readonly Finding[] }> {
    const decoder = new TextDecoder("utf-8", { fatal: true }); // to make one for each takes longer
    const decoded = await mapInSlices(entries, (entry): KeyedText | Finding => {
      const at = this.#at(entry);
      const path = entry.key.slice(folder.length).split("/");
      const text = decode(decoder, entry.value);
      if (text !== undefined) return { path, text, at };
      return malformed(at, "not_utf8", `the value of ${entry.key} is not UTF-8`);
    });
    return {
      texts: decoded.filter((one) => "text" in one),
      findings: decoded.filter((one) => "code" in one),
    };
  }

  #at({ key, revision }: StoreEntry): RemotePosition {
    return { kind: "remote", url: this.#options.url, key, revision };
  }
}

/** The prefix as a folder: `llm/gateway` has no part in `llm/gateway-old/port`. */
export function toFolder(prefix: string): string {
  return prefix.endsWith("/") ? prefix : `${prefix}/`;
}

/** Some stores keep folders as keys without a value. */
function isFolder({ key, value }: StoreEntry): boolean {
  return key.endsWith("/") && value.length === 0;
}

function newestOf(entries: StoreReading): string {
  const revisions = entries.map(({ revision }) => revision);
  return revisions.reduce((a, b) => (isNewer(a, b) ? a : b));
}

/** Revisions are numbers that may be longer than a double can hold. */
function isNewer(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}

/** Nothing where it is not UTF-8. */
function decode(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
