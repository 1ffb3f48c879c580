import type { Limits } from "../../formats/limits.ts";
import { type Format, parseText } from "../../formats/parse-text.ts";
import type { SourceRead, SourceReadContext } from "../config-source.ts";
import { contentHash } from "../content-hash.ts";
import { type Position, textOf } from "../located.ts";
import { emptyDocument } from "./remote-failure.ts";

/** A document as it came over the network. */
export interface FetchedDocument {
  readonly bytes: Uint8Array;
  readonly format: Format;
  /** What tells it from another with the same bytes: the version that the store counts. */
  readonly revision?: string | undefined;
  /** Of the document as a whole. */
  readonly at: Position & { readonly kind: "remote" };
}

/** Reads documents, each only once. Equal bytes have an equal hash, whatever their revision. */
export class RemoteDocument {
  readonly #limits: Partial<Limits> | undefined;
  #last: { readonly identity: string; readonly read: SourceRead } | undefined;

  constructor(limits: Partial<Limits> | undefined) {
    this.#limits = limits;
  }

  toRead(fetched: FetchedDocument, previous: SourceReadContext["previous"]): SourceRead {
    const hash = contentHash(fetched.bytes);
    const identity = `${fetched.format} ${fetched.revision ?? ""} ${hash}`;
    if (previous?.identity === identity) return { state: "unchanged" };
    if (this.#last?.identity !== identity) {
      this.#last = { identity, read: this.#parse(fetched, { identity, hash }) };
    }
    return this.#last.read;
  }

  #parse(fetched: FetchedDocument, about: { identity: string; hash: string }): SourceRead {
    const { bytes, format, revision, at } = fetched;
    const place = (line: number, column: number): Position => ({ ...at, line, column });
    const parsed = parseText(bytes, { format, place, limits: this.#limits });
    switch (parsed.state) {
      case "ok": {
        const texts = new Map([[textOf(at), parsed.text]]);
        const since = revision === undefined ? {} : { revision };
        return { state: "ok", tree: parsed.tree, ...about, ...since, texts };
      }
      case "empty":
        return emptyDocument(textOf(at));
      case "malformed":
        return {
          ...parsed,
          textOf: (name) => (name === textOf(at) ? new TextDecoder().decode(bytes) : undefined),
        };
    }
  }
}
