import type { SourceDocument, SourceRead, SourceReadContext } from "../config-source.ts";
import { contentHash } from "../content-hash.ts";
import { textOf } from "../located.ts";
import { parseDocument } from "../parse-document.ts";
import type { TextTools } from "../text-tools.ts";
import { emptyDocument } from "./remote-failure.ts";

/** A document as it came over the network. */
export interface FetchedDocument extends SourceDocument {
  /** What tells it from another with the same bytes: the version that the store counts. */
  readonly revision?: string | undefined;
}

/** Reads documents, each only once. Equal bytes have an equal hash, whatever their revision. */
export class RemoteDocument {
  readonly #tools: TextTools;
  /** Whoever asks for the same document while it is parsed waits for it too. */
  #last: { readonly identity: string; readonly read: Promise<SourceRead> } | undefined;

  constructor({ parser, limits }: TextTools) {
    this.#tools = { parser, limits };
  }

  /** @throws {ConfigError} `stopped` where the parser ends before */
  async toRead(
    fetched: FetchedDocument,
    previous: SourceReadContext["previous"],
  ): Promise<SourceRead> {
    const hash = contentHash(fetched.bytes);
    const identity = `${fetched.format} ${fetched.revision ?? ""} ${hash}`;
    if (previous?.identity === identity) return { state: "unchanged" };
    if (this.#last?.identity !== identity) {
      this.#last = { identity, read: this.#parse(fetched, { identity, hash }) };
    }
    return await this.#last.read;
  }

  async #parse(
    fetched: FetchedDocument,
    about: { readonly identity: string; readonly hash: string },
  ): Promise<SourceRead> {
    const { revision } = fetched;
    const since = revision === undefined ? {} : { revision };
    const parsed = await parseDocument(fetched, this.#tools);
    if (parsed.state === "empty") return emptyDocument(textOf(fetched.at));
    return parsed.state === "ok" ? { ...parsed, ...about, ...since } : parsed;
  }
}
