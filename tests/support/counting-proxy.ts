import { once } from "node:events";
import { request as ask, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands before a server that speaks HTTP, and notes what it is asked for. */
export class CountingProxy implements AsyncDisposable {
  readonly url: string;
  /** With their queries, in the order in which they were asked for. */
  readonly paths: string[] = [];
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  static async open(target: string): Promise<CountingProxy> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const proxy = new CountingProxy(`http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    });
    server.on("request", (request, response) => {
      const { url = "/", method, headers } = request;
      proxy.paths.push(url);
      const forwarded = ask(new URL(url, target), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      forwarded.on("error", () => response.destroy());
      request.pipe(forwarded);
    });
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}
