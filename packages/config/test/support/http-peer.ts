import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback whose answer can be replaced. */
export class HttpPeer implements AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  /** What was asked, in order. */
  readonly requests: IncomingMessage[] = [];
  answer: Answer;
  readonly #stop: () => Promise<void>;

  private constructor(answer: Answer, url: string, stop: () => Promise<void>) {
    this.answer = answer;
    this.url = url;
    this.#stop = stop;
  }

  static async start(answer: Answer): Promise<HttpPeer> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("it listens on TCP");
    const stop = async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    };
    const peer = new HttpPeer(answer, `http://127.0.0.1:${address.port}`, stop);
    server.on("request", (request, response) => {
      peer.requests.push(request);
      peer.answer(request, response);
    });
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}
