import {
  type ClientRequest,
  type IncomingMessage,
  Agent as PlainAgent,
  request as plainRequest,
  type RequestOptions,
} from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import {
  type HttpAnswer,
  type HttpClient,
  type HttpClientOptions,
  HttpFailure,
  type HttpHeaders,
  type HttpRequest,
  type HttpStream,
  type SendOptions,
  type StreamOptions,
} from "./http-client.ts";

const MAX_REDIRECTS = 5;
/** Those that say where the same document is, for a GET. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** {@link HttpClient} on `node:https`. */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  return new NodeHttpClient(options);
}

class NodeHttpClient implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #plain = new PlainAgent({ keepAlive: true });
  readonly #tls: TlsAgent;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    const { ca, cert, key } = options.tls ?? {};
    this.#tls = new TlsAgent({
      keepAlive: true,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  }

  async send(request: HttpRequest, options: SendOptions): Promise<HttpAnswer> {
    using limit = timeLimit(options);
    let message: IncomingMessage | undefined;
    try {
      message = await this.#follow(request, limit.signal);
      const bytes = await readAll(message, options.maxBytes, request.url);
      return { status: message.statusCode ?? 0, headers: headersOf(message), bytes };
    } catch (error) {
      throw limit.explain(error, request.url);
    } finally {
      message?.destroy(); // one that was read to its end leaves the connection open
    }
  }

  async stream(request: HttpRequest, options: StreamOptions): Promise<HttpStream> {
    const ended = new AbortController();
    const signal = AbortSignal.any([options.signal, ended.signal]);
    const message = await this.#answerInTime(request, { signal, timeoutMs: options.timeoutMs });
    const { idleMs } = options;
    const close = () => message.destroy();
    signal.addEventListener("abort", close, { once: true });
    return {
      status: message.statusCode ?? 0,
      headers: headersOf(message),
      chunks: chunksOf(message, { idleMs, url: request.url }),
      [Symbol.asyncDispose]: async () => {
        signal.removeEventListener("abort", close);
        ended.abort();
        close();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#plain.destroy();
    this.#tls.destroy();
  }

  async #answerInTime(
    request: HttpRequest,
    options: Pick<SendOptions, "signal" | "timeoutMs">,
  ): Promise<IncomingMessage> {
    using limit = timeLimit(options);
    try {
      return await this.#follow(request, limit.signal);
    } catch (error) {
      throw limit.explain(error, request.url);
    }
  }

  async #follow(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    let { url } = request;
    for (let hops = 0; ; hops++) {
      const message = await this.#exchange({ ...request, url }, signal);
      this.#options.onAnswer?.(headersOf(message));
      const { location } = message.headers;
      const isRedirect = REDIRECTS.has(message.statusCode ?? 0) && location !== undefined;
      if (!isRedirect || (request.method ?? "GET") !== "GET") return message;
      message.destroy();
      const next = URL.parse(location, url);
      if (hops === MAX_REDIRECTS || next === null || next.origin !== url.origin) {
        const place = next === null ? "nowhere" : next.origin;
        const why = next?.origin === url.origin ? "redirects too often" : `redirects to ${place}`;
        throw new HttpFailure("redirect_refused", `${url.origin} ${why}`);
      }
      url = next;
    }
  }

  async #exchange(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { url, method = "GET", headers, body } = request;
    const isTls = url.protocol === "https:";
    if (!isTls && this.#options.allowInsecure !== true) {
      throw new HttpFailure("insecure", `${url.origin} does not use https`);
    }
    const options: RequestOptions = {
      method,
      agent: isTls ? this.#tls : this.#plain,
      signal,
      headers: { ...headers, ...(body === undefined ? {} : { "content-length": sizeOf(body) }) },
    };
    const sent = isTls ? tlsRequest(url, options) : plainRequest(url, options);
    sent.end(body);
    return await answerOf(sent, url);
  }
}

async function answerOf(sent: ClientRequest, url: URL): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  sent.once("response", resolve);
  sent.on("error", (error) => reject(failureOf(error, url)));
  return await promise;
}

async function readAll(message: IncomingMessage, maxBytes: number, url: URL): Promise<Uint8Array> {
  const status = message.statusCode;
  const tooLarge = () =>
    new HttpFailure("too_large", `${url.origin} sent over ${maxBytes} bytes`, { status });
  if (Number(message.headers["content-length"] ?? 0) > maxBytes) throw tooLarge();
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of chunksOf(message, { idleMs: 0, url })) {
    size += part.length;
    if (size > maxBytes) throw tooLarge();
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts);
}

async function* chunksOf(
  message: IncomingMessage,
  { idleMs, url }: { readonly idleMs: number; readonly url: URL },
): AsyncGenerator<Uint8Array> {
  if (idleMs > 0) {
    const silent = () => new HttpFailure("timeout", `${url.origin} was silent for ${idleMs} ms`);
    message.setTimeout(idleMs, () => message.destroy(silent()));
  }
  try {
    // Without an encoding a body comes in buffers.
    for await (const chunk of message as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    throw failureOf(error, url);
  }
}

/** A time limit that can tell its own end from that of the caller. */
function timeLimit({ signal, timeoutMs }: Pick<SendOptions, "signal" | "timeoutMs">) {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), timeoutMs);
  return {
    signal: AbortSignal.any([signal, ended.signal]),
    explain: (error: unknown, url: URL): unknown => {
      if (signal.aborted) return signal.reason;
      if (!ended.signal.aborted) return error;
      return new HttpFailure("timeout", `${url.origin} did not answer in ${timeoutMs} ms`);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

function failureOf(error: unknown, { origin }: URL): unknown {
  if (error instanceof HttpFailure) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "no answer";
  return new HttpFailure("unreachable", `${origin} is unreachable: ${code}`, { cause: error });
}

function headersOf({ headers }: IncomingMessage): HttpHeaders {
  const first = Object.entries(headers).map(([name, value]) => {
    return [name, Array.isArray(value) ? value[0] : value] as const;
  });
  return Object.fromEntries(first);
}

function sizeOf(body: string): number {
  return Buffer.byteLength(body);
}
