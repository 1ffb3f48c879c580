/**
 * What sources and secret backends need of HTTP: few requests, strict limits, private authorities.
 *
 * @module
 */

export interface HttpRequest {
  readonly url: URL;
  /** Default `GET`. */
  readonly method?: "GET" | "POST" | "PUT";
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Header names in lower case; of repeated ones the first. */
export type HttpHeaders = Readonly<Record<string, string | undefined>>;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly bytes: Uint8Array;
}

/** An answer that goes on. Disposing it ends the request. */
export interface HttpStream extends AsyncDisposable {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Ends when the server ends it; throws {@link HttpFailure} when the connection breaks. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface SendOptions {
  readonly signal: AbortSignal;
  /** For the whole exchange, in milliseconds. */
  readonly timeoutMs: number;
  /** Of the body. */
  readonly maxBytes: number;
}

export interface StreamOptions {
  readonly signal: AbortSignal;
  /** Until the headers are there, in milliseconds. */
  readonly timeoutMs: number;
  /** Between two chunks, in milliseconds; 0: as long as it takes. */
  readonly idleMs: number;
}

/**
 * A client of one peer. Connections are kept until it is disposed.
 *
 * Any status is an answer; what throws is an exchange that did not come about. Redirects are
 * followed on the same origin alone, five at most; `http:` only where it was allowed.
 */
export interface HttpClient extends AsyncDisposable {
  /** @throws {HttpFailure} */
  send(request: HttpRequest, options: SendOptions): Promise<HttpAnswer>;
  /** @throws {HttpFailure} */
  stream(request: HttpRequest, options: StreamOptions): Promise<HttpStream>;
}

export interface HttpClientOptions {
  readonly tls?: HttpTls | undefined;
  /** Whether `http:` may be used; default false. */
  readonly allowInsecure?: boolean | undefined;
  /** Told of the headers of every answer, as soon as they are there. */
  readonly onAnswer?: ((headers: HttpHeaders) => void) | undefined;
}

/** PEM content. */
export interface HttpTls {
  /** Authorities that are trusted in place of the system's. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export type HttpFailureReason =
  /** Nobody could say anything: no connection, name, handshake; it broke off. */
  | "unreachable"
  | "timeout"
  | "too_large"
  /** To another origin, or too many. */
  | "redirect_refused"
  | "insecure";

/** An exchange that did not come about. Its message quotes no header and no body. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  readonly reason: HttpFailureReason;
  /** Of an answer that broke off, or was given up. */
  readonly status: number | undefined;

  constructor(
    reason: HttpFailureReason,
    message: string,
    { status, ...options }: ErrorOptions & { readonly status?: number | undefined } = {},
  ) {
    super(message, options);
    this.reason = reason;
    this.status = status;
  }
}
