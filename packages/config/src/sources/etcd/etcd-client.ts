import { z } from "zod";
import {
  type HttpAnswer,
  type HttpClient,
  HttpFailure,
  type HttpRequest,
  type HttpStream,
} from "../../http/http-client.ts";
import { withIdleLimit } from "../../http/idle-limit.ts";
import { readCredential } from "../../references/read-material.ts";
import { AccessRefused, refusedBy } from "../remote/remote-failure.ts";
import type { EtcdSourceOptions } from "../remote/remote-options.ts";
import type { RemoteTools } from "../remote/remote-tools.ts";
import { RenewedClient } from "../remote/renewed-client.ts";
import { readAnswer } from "./etcd-messages.ts";

export interface EtcdClientOptions
  extends Pick<EtcdSourceOptions, "username" | "password" | "token" | "tls"> {
  /** At least one. */
  readonly endpoints: readonly URL[];
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

const LOGIN = z.object({ token: z.string() });

/** Without events and without a sign of life for so long a stream is taken for dead. */
const IDLE_MS = 12 * 60_000; // etcd gives a sign of life every 10 minutes

export interface CallOptions<T> {
  readonly body: unknown;
  /** Of an answer that is none of etcd's it throws: the next endpoint is asked then. */
  readonly read: (bytes: Uint8Array, origin: string) => T | Promise<T>;
  readonly signal: AbortSignal;
}

type Exchange<T> = (client: HttpClient, request: HttpRequest) => Promise<T>;

/**
 * The JSON gateway of etcd: logs in where there is a user, and goes to the next endpoint where one
 * does not answer.
 *
 * @see https://etcd.io/docs/latest/dev-guide/api_grpc_gateway/
 */
export class EtcdClient implements AsyncDisposable {
  readonly #options: EtcdClientOptions;
  readonly #tools: RemoteTools;
  readonly #client: RenewedClient;
  /** Index of the endpoint that answered last. */
  #current = 0;
  /** What the login gave; it is good at every endpoint. */
  #session: string | undefined;

  constructor(options: EtcdClientOptions, tools: RemoteTools) {
    this.#options = options;
    this.#tools = tools;
    this.#client = new RenewedClient({ ...options, inputs: tools, allowInsecure: true }); // as the endpoints say
  }

  /** @throws {Error} where no endpoint answers as it should; the message quotes no body */
  async call<T>(path: string, { body, read, signal }: CallOptions<T>): Promise<T> {
    const { timeoutMs, maxBytes } = this.#options;
    const limits = { signal, timeoutMs, maxBytes };
    return await this.#anywhere(signal, async (endpoint) => {
      const request = requestTo(endpoint, path, body);
      const answer = await this.#authorized(request, signal, (client, authorized) =>
        client.send(authorized, limits),
      );
      if (answer.status !== 200) throw refused(endpoint.origin, answer);
      return await read(answer.bytes, endpoint.origin);
    });
  }

  /** The caller ends it. @throws {Error} as {@link EtcdClient.call} */
  async stream(path: string, body: unknown, signal: AbortSignal): Promise<HttpStream> {
    const { timeoutMs } = this.#options;
    const limits = { signal, timeoutMs, idleMs: 0 }; // the clock of the source measures it
    return await this.#anywhere(signal, async (endpoint) => {
      const request = requestTo(endpoint, path, body);
      const opened = await this.#authorized(request, signal, async (client, authorized) => {
        return await openStream(client.stream(authorized, limits));
      });
      const { origin } = endpoint;
      if (opened.stream === undefined) throw refused(origin, opened);
      return withIdleLimit(opened.stream, { clock: this.#tools.clock, idleMs: IDLE_MS, origin });
    });
  }

  /** The next exchange logs in anew. */
  forgetLogin(): void {
    this.#session = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session = undefined;
    await this.#client[Symbol.asyncDispose]();
  }

  async #anywhere<T>(signal: AbortSignal, work: (endpoint: URL) => Promise<T>): Promise<T> {
    const { endpoints } = this.#options;
    const failures: unknown[] = [];
    for (let attempt = 0; attempt < endpoints.length; attempt++) {
      const endpoint = endpoints[this.#current];
      if (endpoint === undefined) break;
      try {
        return await work(endpoint);
      } catch (error) {
        if (signal.aborted || isTooLarge(error)) throw error;
        failures.push(error);
        this.#current = (this.#current + 1) % endpoints.length;
      }
    }
    throw failures.length === 1 ? failures[0] : allFailed(failures);
  }

  /** Where the login has run out, or the rights were changed since, it is made again, once. */
  async #authorized<T extends Pick<HttpAnswer, "status">>(
    request: HttpRequest,
    signal: AbortSignal,
    exchange: Exchange<T>,
  ): Promise<T> {
    const client = await this.#client.get();
    const isKept = this.#session !== undefined;
    const answer = await exchange(client, await this.#withToken(client, request, signal));
    const mayBeOld = isKept && (answer.status === 401 || answer.status === 400);
    if (!mayBeOld) return answer;
    this.forgetLogin();
    return await exchange(client, await this.#withToken(client, request, signal));
  }

  async #withToken(
    client: HttpClient,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<HttpRequest> {
    const { token, username } = this.#options;
    if (token !== undefined) return withHeader(request, await readCredential(token, this.#tools));
    if (username === undefined) return request;
    this.#session ??= await this.#logIn(client, request.url, signal);
    return withHeader(request, this.#session);
  }

  async #logIn(client: HttpClient, { origin }: URL, signal: AbortSignal): Promise<string> {
    const { username = "", password = "", timeoutMs } = this.#options;
    const body = { name: username, password: await readCredential(password, this.#tools) };
    const request = requestTo(new URL(origin), "/v3/auth/authenticate", body);
    const answer = await client.send(request, { signal, timeoutMs, maxBytes: 64 * 1024 });
    if (answer.status === 200) return readAnswer(answer.bytes, LOGIN, origin).token;
    if (![400, 401, 403].includes(answer.status)) throw refusedBy(origin, answer);
    throw new AccessRefused(
      `${origin} does not let the user ${username} in: is the password right?`,
    );
  }
}

/** What is asked is well-formed: 400 means that nobody is named, or that the rights were changed. */
function refused(origin: string, { status }: Pick<HttpAnswer, "status">): Error {
  const failure = refusedBy(origin, { status });
  return status === 400 ? new AccessRefused(failure.message) : failure;
}

function requestTo(endpoint: URL, path: string, body: unknown): HttpRequest {
  return { url: new URL(path, endpoint), method: "POST", body: JSON.stringify(body) };
}

function withHeader(request: HttpRequest, authorization: string): HttpRequest {
  return { ...request, headers: { ...request.headers, authorization } };
}

interface OpenedStream {
  readonly status: number;
  /** Nothing where it is refused. */
  readonly stream: HttpStream | undefined;
}

async function openStream(opening: Promise<HttpStream>): Promise<OpenedStream> {
  const stream = await opening;
  const { status } = stream;
  if (status === 200) return { status, stream };
  await stream[Symbol.asyncDispose]();
  return { status, stream: undefined };
}

/** It is as large everywhere. */
function isTooLarge(error: unknown): boolean {
  return error instanceof HttpFailure && error.reason === "too_large";
}

function allFailed(failures: readonly unknown[]): Error {
  const messages = failures.map((error) => (error instanceof Error ? error.message : "no answer"));
  const options = { cause: failures.at(-1) };
  const isRefused = failures.some((error) => error instanceof AccessRefused); // as it would be elsewhere
  const text = messages.join("; ");
  return isRefused ? new AccessRefused(text, options) : new Error(text, options);
}
