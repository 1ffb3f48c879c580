/**
 * Secret values, read one by one: each read is recorded by the server.
 *
 * @module
 */

import { isLlmcfgError, type Json, type KeyRef, LlmcfgError } from "@llmcfg/core";
import type { ConfigRequests } from "../requests/configs.ts";

/** A secret value in the clear. */
export interface RevealedSecret {
  readonly value: Json;
  readonly version: number;
  /** Of the sensitive value: another one stands for another value. */
  readonly hash: string;
}

/** A secret by its place, and how to know that it is still the same. */
export interface SecretPlace {
  readonly ref: KeyRef;
  /** The hash that the newest state has for it; `undefined` where that is not known. */
  readonly hash: string | undefined;
}

/**
 * Reveals secrets, and keeps each until its hash is another one. One request is in flight for each,
 * however many ask.
 */
export class SecretReader {
  readonly #client: Pick<ConfigRequests, "getConfig">;
  readonly #kept = new Map<string, RevealedSecret>();
  readonly #reading = new Map<string, Promise<RevealedSecret>>();

  constructor(client: Pick<ConfigRequests, "getConfig">) {
    this.#client = client;
  }

  /**
   * The value of a secret. With a known hash it comes from memory where that is the hash of what was
   * read; else from the server, every time, and from memory only while the server is away.
   *
   * @throws {LlmcfgError} `KEY_NOT_FOUND`, `POLICY_DENIED`, `SEALED`, `OFFLINE_MISS`
   */
  async reveal(
    { ref, hash }: SecretPlace,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<RevealedSecret> {
    const id = idOf(ref);
    const kept = this.#kept.get(id);
    if (kept !== undefined && kept.hash === hash) return kept;
    try {
      return await orAborted(this.#readNow(id, { ref, hash }), options.signal);
    } catch (error) {
      const mayBeSame = kept !== undefined && hash === undefined;
      if (mayBeSame && isLlmcfgError(error, "OFFLINE_MISS")) return kept;
      throw error;
    }
  }

  /** What is kept, by `service/key`. */
  get kept(): ReadonlyMap<string, RevealedSecret> {
    return this.#kept;
  }

  /** Keeps what was read earlier, in another life of the process. */
  restore(id: string, secret: RevealedSecret): void {
    this.#kept.set(id, secret);
  }

  /** Forgets what is kept: all, or those. */
  forget(refs?: readonly KeyRef[]): void {
    for (const id of refs?.map(idOf) ?? [...this.#kept.keys()]) this.#kept.delete(id);
  }

  /** What is being read may be of before the state that `hash` is of: then it is read once more. */
  async #readNow(id: string, { ref, hash }: SecretPlace): Promise<RevealedSecret> {
    const underWay = this.#reading.get(id);
    if (underWay === undefined) return await this.#read(id, ref);
    const secret = await underWay;
    if (hash === undefined || secret.hash === hash) return secret;
    return await (this.#reading.get(id) ?? this.#read(id, ref));
  }

  /** For all that wait, so none of them can call it off. */
  async #read(id: string, ref: KeyRef): Promise<RevealedSecret> {
    const reading = this.#request(ref);
    this.#reading.set(id, reading);
    try {
      const secret = await reading;
      this.#kept.set(id, secret);
      return secret;
    } finally {
      this.#reading.delete(id);
    }
  }

  async #request(ref: KeyRef): Promise<RevealedSecret> {
    const { body } = await this.#client.getConfig(ref, { reveal: true });
    if (!body.redacted) return { value: body.value, version: body.version, hash: body.hash };
    const message = `${body.path} came without its value though it was to be revealed`;
    throw new LlmcfgError("INTERNAL", message, {});
  }
}

function idOf({ service, key }: KeyRef): string {
  return `${service}/${key}`;
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** A secret as text: a string as it is, anything else as JSON. */
export function textOfSecret(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
