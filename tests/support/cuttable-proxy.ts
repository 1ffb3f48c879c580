import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Stands before a server on loopback, and can be cut: then nothing listens any more. */
export class CuttableProxy implements AsyncDisposable {
  readonly url: string;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(target: URL, server: Server) {
    this.#target = { host: target.hostname, port: Number(target.port) };
    this.#server = server;
    this.#port = portOf(server);
    this.url = `${target.protocol}//${target.hostname}:${this.#port}`;
    server.on("connection", (socket) => this.#join(socket));
  }

  static async open(target: string): Promise<CuttableProxy> {
    return new CuttableProxy(new URL(target), await listen(0));
  }

  /** Resolves when every connection is gone and nobody listens. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (server === undefined) return;
    server.close();
    await once(server, "close");
  }

  /** Listens on the same port again. */
  async mend(): Promise<void> {
    this.#server = await listen(this.#port);
    this.#server.on("connection", (socket) => this.#join(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
  }

  #join(from: Socket): void {
    const to = connect(this.#target);
    for (const socket of [from, to]) {
      this.#sockets.add(socket);
      socket.on("error", () => {}); // its end is what matters
      socket.on("close", () => {
        this.#sockets.delete(socket);
        from.destroy();
        to.destroy();
      });
    }
    from.pipe(to);
    to.pipe(from);
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("it listens on TCP");
  return address.port;
}
