import { z } from "zod";
import { pause } from "../../concurrency.ts";
import type { HttpAnswer } from "../../http/http-client.ts";
import { readCredential } from "../../references/read-material.ts";
import type { FollowOptions, KeyValueStore, StoreReading } from "../remote/key-value-store.ts";
import { mapInSlices } from "../remote/map-in-slices.ts";
import { refusedBy } from "../remote/remote-failure.ts";
import type { ConsulSourceOptions, KeyOrPrefix } from "../remote/remote-options.ts";
import type { RemoteTools } from "../remote/remote-tools.ts";
import { RenewedClient } from "../remote/renewed-client.ts";
import { toFolder } from "../remote/store-content.ts";

export type ConsulStoreOptions = Pick<
  ConsulSourceOptions,
  "datacenter" | "namespace" | "token" | "tls"
> & {
  readonly place: KeyOrPrefix;
  /** Without a slash at its end. */
  readonly address: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
};

/** How long Consul may hold a query back while nothing changes. */
const WAIT_S = 300;
/** The part of it that is left to chance, so that not all instances ask at the same moment. */
const WAIT_JITTER = 0.1;
/** Between two answers with a change: a key that is written in a loop is not fetched in a loop. */
const MIN_PAUSE_MS = 100;

interface Answer {
  readonly reading: StoreReading;
  /** Grows with every write; 0 where Consul gave none. */
  readonly index: bigint;
}

/** Consul's key-value store over its HTTP API. */
export class ConsulStore implements KeyValueStore {
  readonly #options: ConsulStoreOptions;
  readonly #tools: RemoteTools;
  readonly #client: RenewedClient;

  constructor(options: ConsulStoreOptions, tools: RemoteTools) {
    this.#options = options;
    this.#tools = tools;
    // The address says whether the connection is private: an agent is usually on this very machine.
    this.#client = new RenewedClient({ ...options, inputs: tools, allowInsecure: true });
  }

  async read(signal: AbortSignal): Promise<StoreReading> {
    const { reading } = await this.#query({}, signal);
    return reading;
  }

  /**
   * Blocking queries, one after the other. An index that is 0 or goes backwards is no place to wait
   * at: the follower ends, and the next one begins without any.
   *
   * @see https://developer.hashicorp.com/consul/api-docs/features/blocking
   */
  async follow({ answered, signal }: FollowOptions): Promise<void> {
    let index: bigint | undefined;
    for (;;) {
      const answer = await this.#query(index === undefined ? {} : { index }, signal);
      await answered(answer.reading);
      const isUsable = answer.index > 0n && answer.index >= (index ?? 0n);
      if (!isUsable) throw new Error(`the index of ${this.#options.address} was reset`);
      index = answer.index;
      await pause(this.#tools.clock, MIN_PAUSE_MS, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  async #query({ index }: { readonly index?: bigint }, signal: AbortSignal): Promise<Answer> {
    const { timeoutMs, maxBytes } = this.#options;
    const waitS = index === undefined ? 0 : this.#waitS();
    const url = this.#urlFor(index, waitS);
    const client = await this.#client.get();
    const answer = await client.send(
      { url, headers: await this.#headers() },
      // Consul adds up to a sixteenth to the time it was asked to wait.
      { signal, timeoutMs: (waitS + waitS / 16) * 1_000 + timeoutMs, maxBytes },
    );
    if (answer.status !== 200 && answer.status !== 404) throw refusedBy(url.origin, answer);
    return { reading: await readingOf(answer, url.origin), index: indexOf(answer) };
  }

  #urlFor(index: bigint | undefined, waitS: number): URL {
    const { address, place, datacenter, namespace } = this.#options;
    const path = (place.key ?? toFolder(place.prefix)).split("/").map(encodeURIComponent).join("/");
    const url = new URL(`${address}/v1/kv/${path}`);
    if (place.prefix !== undefined) url.searchParams.set("recurse", "true");
    if (datacenter !== undefined) url.searchParams.set("dc", datacenter);
    if (namespace !== undefined) url.searchParams.set("ns", namespace);
    if (index === undefined) return url;
    url.searchParams.set("index", String(index));
    url.searchParams.set("wait", `${waitS}s`);
    return url;
  }

  async #headers(): Promise<Readonly<Record<string, string>>> {
    const { token } = this.#options;
    if (token === undefined) return {};
    return { "x-consul-token": await readCredential(token, this.#tools) };
  }

  #waitS(): number {
    return Math.round(WAIT_S * (1 - WAIT_JITTER * this.#tools.random()));
  }
}

/** Of what Consul answers for keys; the value in Base64, `null` where it is empty. */
const ENTRY = z.object({ Key: z.string(), Value: z.base64().nullable(), ModifyIndex: z.int() });

async function readingOf({ status, bytes }: HttpAnswer, origin: string): Promise<StoreReading> {
  if (status === 404) return [];
  const answer = jsonOf(bytes);
  if (!Array.isArray(answer)) throw noConsul(origin);
  return await mapInSlices(answer, (entry: unknown) => {
    const found = ENTRY.safeParse(entry);
    if (!found.success) throw noConsul(origin);
    const { Key: key, Value, ModifyIndex } = found.data;
    return { key, value: Buffer.from(Value ?? "", "base64"), revision: String(ModifyIndex) };
  });
}

function noConsul(origin: string): Error {
  return new Error(`${origin} does not answer as Consul does`);
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // no shape fits it
  }
}

function indexOf({ headers }: HttpAnswer): bigint {
  const text = headers["x-consul-index"] ?? "";
  return /^[0-9]+$/.test(text) ? BigInt(text) : 0n;
}
