/**
 * A server as the watch sees it, in memory, that does what a script says: the good and the bad.
 *
 * @module
 */

import type { Answer, Client } from "@llmcfg/client";
import { LlmcfgError } from "@llmcfg/core";
import type { Bundle, ResetReason } from "@llmcfg/protocol";
import { bundleOf, type Contents, hashOfValue } from "./bundles.ts";
import { message } from "./control-plane.ts";

/** What one stream does, in order. */
export type Act =
  | { readonly do: "commit"; readonly key: string; readonly value: number | undefined }
  /** Sends the next event, or loses it. */
  | { readonly do: "send" | "lose" }
  /** Sends what was sent last again, or something from before. */
  | { readonly do: "repeat"; readonly back: number }
  | { readonly do: "heartbeat" | "garbage" | "comment" }
  | { readonly do: "reset"; readonly reason: ResetReason };

export interface StreamScript {
  /** Whether the request for it fails. */
  readonly isRefused: boolean;
  readonly acts: readonly Act[];
  readonly end: "ended" | "broken";
}

export interface Script {
  readonly streams: readonly StreamScript[];
  /** Which requests for bundles fail, in order; later ones do not. */
  readonly failures: readonly boolean[];
}

interface Commit {
  readonly key: string;
  readonly value: number | undefined;
}

/** Begins at revision 1 with nothing. When the script is over, everything goes well. */
export class ModelServer implements Pick<Client, "openWatch" | "getBundle" | "addr"> {
  readonly addr = "http://model";
  readonly #commits: Commit[] = [];
  readonly #streams: StreamScript[];
  readonly #failures: boolean[];
  isOver = false;

  constructor({ streams, failures }: Script) {
    this.#streams = [...streams];
    this.#failures = [...failures];
  }

  get head(): number {
    return 1 + this.#commits.length;
  }

  contentsAt(revision: number): Contents {
    const contents: Record<string, number> = {};
    for (const { key, value } of this.#commits.slice(0, revision - 1)) {
      if (value === undefined) delete contents[key];
      else contents[key] = value;
    }
    return contents;
  }

  getBundle: Client["getBundle"] = async (): Promise<Answer<Bundle>> => {
    if (this.#failures.shift() === true) throw away();
    const body = bundleOf(this.head, this.contentsAt(this.head));
    const headers = new Headers();
    return { status: 200, body, raw: "", etag: undefined, revision: this.head, headers };
  };

  openWatch: Client["openWatch"] = async (_namespace, { from = this.head, signal }) => {
    const script = this.#streams.shift();
    this.isOver = script === undefined;
    if (script === undefined) return encoded(this.#goodStream(from, signal));
    if (script.isRefused) throw away();
    return encoded(this.#stream(from, script));
  };

  async *#stream(from: number, { acts, end }: StreamScript): AsyncGenerator<string> {
    let position = from;
    for (const act of acts) {
      if (act.do === "commit") this.#commits.push(act);
      if (act.do === "comment") yield ": ping\n\n";
      if (act.do === "garbage") yield "data: {oops\n\n";
      if (act.do === "heartbeat") yield this.#heartbeat(position);
      if (act.do === "repeat") yield this.#event(Math.max(2, position - act.back));
      if (act.do === "send" && position < this.head) yield this.#event(position + 1);
      if ((act.do === "send" || act.do === "lose") && position < this.head) position++;
      if (act.do === "reset") {
        position = this.head;
        yield message(position, {
          type: "reset",
          reason: act.reason,
          revision: position,
          retryAfterMs: 0,
        });
      }
    }
    if (end === "broken") throw new Error("the connection broke");
  }

  async *#goodStream(from: number, signal: AbortSignal): AsyncGenerator<string> {
    for (let revision = from + 1; revision <= this.head; revision++) yield this.#event(revision);
    while (!signal.aborted) yield this.#heartbeat(this.head); // each when the last one was taken
  }

  #event(revision: number): string {
    const commit = this.#commits[revision - 2];
    if (commit === undefined) return ": nothing has happened yet\n\n";
    const { key, value } = commit;
    const hash = value === undefined ? null : hashOfValue(value);
    const changes = [{ op: hash === null ? "delete" : "put", key, hash }];
    return message(revision, { type: "config.changed", revision, changes });
  }

  #heartbeat(revision: number): string {
    const { hash } = bundleOf(revision, this.contentsAt(revision));
    return message(revision, { type: "heartbeat", revision, hash });
  }
}

function away(): LlmcfgError {
  return new LlmcfgError("OFFLINE_MISS", "the model is away", { retryAfter: 0 });
}

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const text of texts) yield new TextEncoder().encode(text);
}
