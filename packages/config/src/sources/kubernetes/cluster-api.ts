/**
 * The few requests of the Kubernetes API that a source makes: get, list and watch of one object.
 *
 * @module
 */

import type {
  HttpAnswer,
  HttpClient,
  HttpClientOptions,
  HttpStream,
} from "../../http/http-client.ts";
import { createHttpClient } from "../../http/node-http-client.ts";
import { ApiFailure, failureOf, reasonOf } from "./api-failure.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import {
  type ClusterObject,
  type ListedObject,
  type ObjectKind,
  RESOURCES,
  toClusterObject,
  toListedObject,
} from "./cluster-object.ts";

/** One object, by its kind, namespace and name. */
export interface ObjectPlace {
  readonly kind: ObjectKind;
  readonly namespace: string;
  readonly name: string;
}

export interface ApiLimits {
  /** Of one exchange, in milliseconds. */
  readonly timeoutMs: number;
  /** Of one answer, and of one event of a watch. */
  readonly maxBytes: number;
}

export interface WatchFrom {
  readonly resourceVersion: string;
  /** When the server ends the watch by itself. */
  readonly timeoutSeconds: number;
}

/** How much longer than it was asked to a server may keep a silent watch open. */
const GRACE_MS = 30_000;

/** A connection to an API server. The token is read anew for each request. */
export class ClusterApi implements AsyncDisposable {
  readonly #access: ClusterAccess;
  readonly #limits: ApiLimits;
  readonly #client: HttpClient;

  constructor(
    access: ClusterAccess,
    limits: ApiLimits,
    { onAnswer }: Pick<HttpClientOptions, "onAnswer"> = {},
  ) {
    this.#access = access;
    this.#limits = limits;
    const { tls, server } = access;
    const allowInsecure = isLoopback(server); // kubectl proxy
    this.#client = createHttpClient({ tls, allowInsecure, onAnswer });
  }

  /** Where the object is, for people. */
  urlOf({ kind, namespace, name }: ObjectPlace): URL {
    return this.#url({ kind, namespace }, `/${encodeURIComponent(name)}`);
  }

  /**
   * The object as it is now, or nothing.
   *
   * @throws {ApiFailure | HttpFailure}
   */
  async get(place: ObjectPlace, signal: AbortSignal): Promise<ClusterObject | undefined> {
    const answer = await this.#send(this.urlOf(place), signal);
    if (answer.status === 404 && reasonIn(answer.bytes) === "NotFound") return undefined;
    requireSuccess(answer.status, answer.bytes);
    return read(() => toClusterObject(parseBody(answer.bytes), place.kind));
  }

  /** @throws {ApiFailure | HttpFailure} */
  async list(place: ObjectPlace, signal: AbortSignal): Promise<ListedObject> {
    const answer = await this.#send(this.#collection(place, {}), signal);
    requireSuccess(answer.status, answer.bytes);
    return read(() => toListedObject(parseBody(answer.bytes), place.kind, place.name));
  }

  /**
   * The events of the object after a version, bookmarks among them.
   *
   * @throws {ApiFailure | HttpFailure}
   */
  async watch(place: ObjectPlace, from: WatchFrom, signal: AbortSignal): Promise<HttpStream> {
    const { resourceVersion, timeoutSeconds } = from;
    const url = this.#collection(place, {
      watch: "1",
      allowWatchBookmarks: "true",
      resourceVersion,
      timeoutSeconds: String(timeoutSeconds),
    });
    const headers = await this.#headers();
    const { timeoutMs } = this.#limits;
    const idleMs = timeoutSeconds * 1_000 + GRACE_MS;
    const stream = await this.#client.stream({ url, headers }, { signal, timeoutMs, idleMs });
    if (stream.status === 200) return stream;
    await stream[Symbol.asyncDispose]();
    throw failureOf(stream.status, undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  /** Of objects with that name alone: there is one, or none. */
  #collection(place: ObjectPlace, query: Readonly<Record<string, string>>): URL {
    const url = this.#url(place, "");
    const fieldSelector = `metadata.name=${place.name}`;
    url.search = new URLSearchParams({ ...query, fieldSelector }).toString();
    return url;
  }

  /** A server may lie below a path: behind a proxy, in a cluster manager. */
  #url({ kind, namespace }: Omit<ObjectPlace, "name">, rest: string): URL {
    const url = new URL(this.#access.server);
    const base = url.pathname.replace(/\/+$/, "");
    url.pathname = `${base}/api/v1/namespaces/${namespace}/${RESOURCES[kind]}${rest}`;
    return url;
  }

  async #send(url: URL, signal: AbortSignal): Promise<HttpAnswer> {
    const headers = await this.#headers();
    return await this.#client.send({ url, headers }, { ...this.#limits, signal });
  }

  async #headers(): Promise<Readonly<Record<string, string>>> {
    const token = await this.#access.token?.();
    const about = { accept: "application/json", "user-agent": "llmcfg" };
    return token === undefined ? about : { ...about, authorization: `Bearer ${token.trim()}` };
  }
}

/** @throws {ApiFailure} */
function requireSuccess(status: number, bytes: Uint8Array): void {
  if (status !== 200) throw failureOf(status, reasonIn(bytes));
}

/** The reason of a `Status`, which is a word: no message, which may quote anything. */
function reasonIn(bytes: Uint8Array): string | undefined {
  try {
    return reasonOf(parseBody(bytes));
  } catch {
    return undefined; // of something between us and the API server
  }
}

function parseBody(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new TypeError("the API server sent no JSON"); // the parser's error quotes it
  }
}

function read<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TypeError) throw new ApiFailure("unavailable", error.message);
    throw error;
  }
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
