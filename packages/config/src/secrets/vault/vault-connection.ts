import { ConfigError } from "../../errors.ts";
import {
  type HttpAnswer,
  type HttpClient,
  type HttpClientOptions,
  HttpFailure,
} from "../../http/http-client.ts";
import { createHttpClient } from "../../http/node-http-client.ts";
import { toBody, type VaultAnswer } from "./vault-answer.ts";

export interface VaultConnectionOptions {
  readonly address: string;
  readonly namespace: string | undefined;
  readonly timeoutMs: number;
  /** PEM of the authorities that are trusted in place of the system's. */
  readonly readCa: () => Promise<string | undefined>;
  readonly onAnswer?: HttpClientOptions["onAnswer"];
}

export interface VaultRequest {
  /** Below `/v1/`, encoded. */
  readonly path: string;
  readonly token?: string | undefined;
  /** Makes it a POST. */
  readonly body?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

interface Connected {
  readonly http: HttpClient;
  readonly ca: string | undefined;
}

const MAX_BYTES = 4 * 1024 * 1024;
/** These say something about the request; others mean that the vault cannot answer now. */
const ANSWERS: ReadonlySet<number> = new Set([200, 204, 400, 403, 404, 405]);

/**
 * Exchanges with one vault. Authorities are read when it connects, and again after an exchange that
 * did not come about: they may have been replaced.
 */
export class VaultConnection implements AsyncDisposable {
  readonly #options: VaultConnectionOptions;
  readonly #ended = new AbortController();
  #client: Promise<Connected> | undefined;
  #isSuspect = false;

  constructor(options: VaultConnectionOptions) {
    this.#options = options;
  }

  /** @throws {ConfigError} `backend_unreachable`: no exchange, sealed, standby, overloaded */
  async ask(request: VaultRequest): Promise<VaultAnswer> {
    const answer = await this.#send(request);
    try {
      if (ANSWERS.has(answer.status)) return { status: answer.status, body: toBody(answer.bytes) };
    } finally {
      answer.bytes.fill(0);
    }
    const because = answer.status === 503 ? ": it is sealed or in standby" : "";
    throw this.#unreachable(`answered with status ${answer.status}${because}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(this.#unreachable("is no longer asked"));
    const opened = await this.#client?.catch(() => undefined);
    await opened?.http[Symbol.asyncDispose]();
  }

  async #send({ path, token, body, signal }: VaultRequest): Promise<HttpAnswer> {
    const { address, namespace, timeoutMs } = this.#options;
    const { http } = await this.#connect();
    const headers = {
      "x-vault-request": "true",
      ...(token === undefined ? {} : { "x-vault-token": token }),
      ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const url = new URL(`v1/${path}`, address.endsWith("/") ? address : `${address}/`);
    const ended = this.#ended.signal;
    const limits = {
      signal: signal === undefined ? ended : AbortSignal.any([ended, signal]),
      timeoutMs,
      maxBytes: MAX_BYTES,
    };
    const request = { url, headers, method: body === undefined ? "GET" : "POST" } as const;
    try {
      return await http.send(
        body === undefined ? request : { ...request, body: JSON.stringify(body) },
        limits,
      );
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      this.#isSuspect = true;
      throw this.#unreachable(`cannot be asked: ${error.message}`, error);
    }
  }

  async #connect(): Promise<Connected> {
    if (this.#client === undefined || this.#isSuspect) {
      this.#isSuspect = false;
      this.#client = this.#reconnect(this.#client);
    }
    try {
      return await this.#client;
    } catch (error) {
      this.#isSuspect = true; // the file with the authorities may come
      throw error;
    }
  }

  async #reconnect(known: Promise<Connected> | undefined): Promise<Connected> {
    const before = await known?.catch(() => undefined);
    const ca = await this.#options.readCa();
    if (before !== undefined && before.ca === ca) return before;
    await before?.http[Symbol.asyncDispose]();
    // Whoever writes an `http:` address means it: a sidecar on the same machine.
    const { address, onAnswer } = this.#options;
    const allowInsecure = address.startsWith("http:");
    return { http: createHttpClient({ tls: { ca }, allowInsecure, onAnswer }), ca };
  }

  #unreachable(what: string, cause?: unknown): ConfigError {
    const message = `the vault at ${this.#options.address} ${what}`;
    return new ConfigError("backend_unreachable", message, { cause });
  }
}
