import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Prepared, ReloadParticipant } from "@llmcfg/config";

/**
 * A component that opens a connection for each candidate before it is in force, as a gateway does for
 * its providers: of all that it opened, one is left after a reload, whatever became of that.
 */
export class SocketPool implements AsyncDisposable {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #current: Socket | undefined;
  /** Of the configuration before, until nobody can go back to it. */
  #previous: Socket | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<SocketPool> {
    const server = createServer((socket) => socket.on("error", () => {}).resume());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const pool = new SocketPool(server);
    pool.#current = await pool.#connect();
    return pool;
  }

  get size(): number {
    return this.#open.size;
  }

  get participant(): ReloadParticipant<unknown> {
    return {
      name: "pool",
      prepare: async () => this.#prepare(await this.#connect()),
      revert: async () => {
        this.#current?.destroy();
        this.#current = this.#previous;
        this.#previous = undefined;
      },
    };
  }

  /** The swap stays: what was used before is not needed any more. */
  settle(): void {
    this.#previous?.destroy();
    this.#previous = undefined;
  }

  #prepare(socket: Socket): Prepared {
    return {
      commit: () => {
        this.#previous = this.#current;
        this.#current = socket;
      },
      abort: () => void socket.destroy(),
    };
  }

  async #connect(): Promise<Socket> {
    const { port } = this.#server.address() as AddressInfo; // it listens on TCP
    const socket = connect(port, "127.0.0.1");
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    await once(socket, "connect");
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
