import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

interface Entry {
  readonly value: Buffer;
  readonly index: number;
}

interface Waiter {
  readonly after: number;
  readonly wake: () => void;
}

/**
 * A contract FAKE of Consul's key-value store: keys and prefixes, blocking queries, tokens. What is
 * the same as in Consul is what `tests/services/consul-source.test.ts` holds for both.
 */
export class FakeConsul implements AsyncDisposable {
  readonly url: string;
  /** What was asked, in order. */
  readonly requests: { readonly url: URL; readonly token: string | undefined }[] = [];
  /** Asked of every request, where it is set. */
  token: string | undefined;
  /** In place of the index that the next answers would have. */
  readonly indexes: string[] = [];
  readonly #server: Server;
  readonly #entries = new Map<string, Entry>();
  readonly #waiters = new Set<Waiter>();
  #index = 10;

  private constructor(server: Server) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("it listens on TCP");
    this.url = `http://127.0.0.1:${address.port}`;
    this.#server = server;
    server.on("request", (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined);
      });
    });
  }

  static async start(): Promise<FakeConsul> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new FakeConsul(server);
  }

  /** How many blocking queries are held back. */
  get waiting(): number {
    return this.#waiters.size;
  }

  put(key: string, value: string | Buffer): void {
    this.#index++;
    this.#entries.set(key, { value: Buffer.from(value), index: this.#index });
    this.#wake();
  }

  /** As a write to another key does that Consul counts with these. */
  touch(): void {
    this.#index++;
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url);
    const token = request.headers["x-consul-token"]?.toString();
    this.requests.push({ url, token });
    if (this.token !== undefined && token !== this.token) {
      response.writeHead(403).end("Permission denied");
      return;
    }
    const key = decodeURIComponent(url.pathname.slice("/v1/kv/".length));
    if (request.method === "PUT") {
      this.put(key, await bodyOf(request));
      response.end("true");
    } else if (request.method === "DELETE") {
      this.#delete(key, url.searchParams.has("recurse"));
      response.end("true");
    } else {
      await this.#block(url, response);
      this.#respond(key, url, response);
    }
  }

  #delete(key: string, isRecursive: boolean): void {
    this.#index++;
    for (const name of this.#entries.keys()) {
      if (name === key || (isRecursive && name.startsWith(key))) this.#entries.delete(name);
    }
    this.#wake();
  }

  async #block(url: URL, response: ServerResponse): Promise<void> {
    const after = Number(url.searchParams.get("index") ?? 0);
    if (after === 0 || this.#index > after) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { after, wake: resolve };
    this.#waiters.add(waiter);
    const seconds = Number.parseInt(url.searchParams.get("wait") ?? "300", 10);
    const timer = setTimeout(resolve, seconds * 1_000);
    response.once("close", resolve);
    await promise;
    clearTimeout(timer);
    this.#waiters.delete(waiter);
  }

  #respond(key: string, url: URL, response: ServerResponse): void {
    const isRecursive = url.searchParams.has("recurse");
    const found = [...this.#entries]
      .filter(([name]) => (isRecursive ? name.startsWith(key) : name === key))
      .map(([name, { value, index }]) => {
        const Value = value.length === 0 ? null : value.toString("base64");
        return { LockIndex: 0, Key: name, Flags: 0, Value, CreateIndex: index, ModifyIndex: index };
      });
    const index = this.indexes.shift() ?? String(this.#index);
    response.writeHead(found.length === 0 ? 404 : 200, {
      "content-type": "application/json",
      "x-consul-index": index,
    });
    response.end(found.length === 0 ? "" : JSON.stringify(found));
  }

  #wake(): void {
    for (const { after, wake } of this.#waiters) if (this.#index > after) wake();
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part); // no encoding is set
  return Buffer.concat(parts);
}
