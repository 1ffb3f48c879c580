import type { FollowOptions, KeyValueStore, StoreReading } from "../remote/key-value-store.ts";
import { linesOf } from "../remote/lines-of.ts";
import type { KeyOrPrefix } from "../remote/remote-options.ts";
import { toFolder } from "../remote/store-content.ts";
import type { EtcdClient } from "./etcd-client.ts";
import { type RangeAnswer, readAnswer, readRange, WATCH_MESSAGE } from "./etcd-messages.ts";

/** Of one message of a watch: etcd splits larger ones, near 1.5 MB, when it is asked to. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Keys of etcd, read linearizably. */
export class EtcdStore implements KeyValueStore {
  readonly #client: EtcdClient;
  readonly #range: { readonly key: string; readonly range_end?: string };

  constructor(client: EtcdClient, place: KeyOrPrefix) {
    this.#client = client;
    this.#range = rangeOf(place);
  }

  async read(signal: AbortSignal): Promise<StoreReading> {
    return readingOf(await this.#get(signal));
  }

  /**
   * Reads all, then watches from the revision after it. Where that revision is compacted away, the
   * follower ends, and the next one reads all again.
   */
  async follow({ answered, written, signal }: FollowOptions): Promise<void> {
    const range = await this.#get(signal);
    await answered(readingOf(range));
    const create_request = {
      ...this.#range,
      start_revision: String(BigInt(range.header.revision) + 1n),
      progress_notify: true,
      fragment: true,
    };
    await using stream = await this.#client.stream("/v3/watch", { create_request }, signal);
    for await (const line of linesOf(stream.chunks, MAX_MESSAGE_BYTES)) {
      const { result } = readAnswer(line, WATCH_MESSAGE, "the watch of etcd");
      if (result.canceled) throw this.#canceled(result.compact_revision);
      if (result.events.length > 0) written();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  async #get(signal: AbortSignal): Promise<RangeAnswer> {
    const body = this.#range; // linearizable unless it says otherwise
    return await this.#client.call("/v3/kv/range", { body, read: readRange, signal });
  }

  #canceled(compacted: string | undefined): Error {
    if (compacted !== undefined) return new Error(`the watch was compacted up to ${compacted}`);
    this.#client.forgetLogin(); // it may have run out, or the rights were changed
    return new Error("etcd ended the watch");
  }
}

function rangeOf({ key, prefix }: KeyOrPrefix): { key: string; range_end?: string } {
  if (key !== undefined) return { key: base64(Buffer.from(key)) };
  const from = Buffer.from(toFolder(prefix));
  const to = Buffer.from(from);
  to[to.length - 1] = SLASH + 1; // the first key that does not begin with the folder
  return { key: base64(from), range_end: base64(to) };
}

const SLASH = 0x2f;

function readingOf({ kvs }: RangeAnswer): StoreReading {
  return kvs.map(({ key, value, mod_revision }) => {
    return { key: key.toString("utf8"), value, revision: mod_revision };
  });
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64");
}
