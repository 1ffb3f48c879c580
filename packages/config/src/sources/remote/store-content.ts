import type { Limits } from "../../formats/limits.ts";
import { findFormat } from "../../formats/parse-text.ts";
import { HttpFailure } from "../../http/http-client.ts";
import type { Finding } from "../../validate/finding.ts";
import type { SourceRead, SourceReadContext } from "../config-source.ts";
import { contentHash } from "../content-hash.ts";
import { type KeyedText, locateEntries } from "../locate-entries.ts";
import type { Position } from "../located.ts";
import type { StoreEntry, StoreReading } from "./key-value-store.ts";
import { RemoteDocument } from "./remote-document.ts";
import { malformed, missing } from "./remote-failure.ts";
import type { KeyOrPrefix } from "./remote-options.ts";

export interface StoreContentOptions {
  /** Where the store is, for positions: without credentials. */
  readonly url: string;
  readonly place: KeyOrPrefix;
  readonly limits: Partial<Limits> | undefined;
}

type RemotePosition = Position & { readonly kind: "remote" };

/** Turns what a store holds into a layer: one document, or a path for each key (LOAD-16). */
export class StoreContent {
  readonly #options: StoreContentOptions;
  readonly #document: RemoteDocument;

  constructor(options: StoreContentOptions) {
    this.#options = options;
    this.#document = new RemoteDocument(options.limits);
  }

  toRead(reading: StoreReading, previous: SourceReadContext["previous"]): SourceRead {
    const { key, prefix } = this.#options.place;
    if (key !== undefined) return this.#toDocument(key, reading, previous);
    return this.#toTree(toFolder(prefix), reading, previous);
  }

  /** Content above the limit: it is there, and it is too much. */
  tooLarge(failure: HttpFailure): SourceRead {
    const { url, place } = this.#options;
    const key = place.key ?? place.prefix;
    const finding = malformed({ kind: "remote", url, key }, "too_large", failure.message);
    return { state: "malformed", findings: [finding] };
  }

  #toDocument(
    key: string,
    [entry]: StoreReading,
    previous: SourceReadContext["previous"],
  ): SourceRead {
    if (entry === undefined) return missing(`there is no key ${key} at ${this.#options.url}`);
    const { value: bytes, revision } = entry;
    const format = findFormat(key) ?? "yaml";
    return this.#document.toRead({ bytes, format, revision, at: this.#at(entry) }, previous);
  }

  #toTree(
    folder: string,
    reading: StoreReading,
    previous: SourceReadContext["previous"],
  ): SourceRead {
    const entries = reading.filter((entry) => !isFolder(entry));
    if (entries.length === 0) {
      return missing(`there is no key below ${folder} at ${this.#options.url}`);
    }
    const hash = hashOf(entries, ({ key, value }) => [key, contentHash(value)]);
    const revisions = hashOf(entries, ({ key, revision }) => [key, revision]);
    const identity = `${revisions} ${hash}`;
    if (previous?.identity === identity) return { state: "unchanged" };
    const { texts, findings } = this.#decode(folder, entries);
    if (findings.length > 0) return { state: "malformed", findings };
    const root: RemotePosition = { kind: "remote", url: this.#options.url, key: folder };
    const located = locateEntries(texts, root);
    if (located.state === "malformed") return located;
    return { state: "ok", tree: located.tree, identity, hash, revision: newestOf(entries) };
  }

  #decode(
    folder: string,
    entries: StoreReading,
  ): { readonly texts: readonly KeyedText[]; readonly findings: readonly Finding[] } {
    const texts: KeyedText[] = [];
    const findings: Finding[] = [];
    for (const entry of entries) {
      const at = this.#at(entry);
      const text = decodeUtf8(entry.value);
      const path = entry.key.slice(folder.length).split("/");
      if (text !== undefined) texts.push({ path, text, at });
      else findings.push(malformed(at, "not_utf8", `the value of ${entry.key} is not UTF-8`));
    }
    return { texts, findings };
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

function hashOf(entries: StoreReading, part: (entry: StoreEntry) => readonly string[]): string {
  const sorted = entries.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return contentHash(JSON.stringify(sorted.map(part)));
}

function newestOf(entries: StoreReading): string {
  const revisions = entries.map(({ revision }) => revision);
  return revisions.reduce((a, b) => (isNewer(a, b) ? a : b));
}

/** Revisions are numbers that may be longer than a double can hold. */
function isNewer(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
