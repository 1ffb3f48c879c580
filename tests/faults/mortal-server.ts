/**
 * A server on SQLite that is killed and started again on the same folder and port.
 *
 * @module
 */

import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Home, type RunningProgram, start } from "../support/programs.ts";

/** Where a client finds the server, at every time of its life. */
export interface Access {
  readonly url: string;
  /** Of a service account that may write, reveal secrets and read the audit log. */
  readonly token: string;
}

const START_TIMEOUT_MS = 60_000;

/** Ends the server when it is disposed. */
export class MortalServer implements AsyncDisposable {
  readonly access: Access;
  readonly folder: string;
  /** The newest revision before anything was written. */
  readonly firstRevision: number;
  readonly #launch: () => Promise<RunningProgram>;
  readonly #over = Promise.withResolvers<void>();
  #program: RunningProgram;
  #starting: Promise<unknown> = Promise.resolve();
  #isOver = false;

  private constructor(
    launch: () => Promise<RunningProgram>,
    program: RunningProgram,
    first: Readonly<{ access: Access; folder: string; revision: number }>,
  ) {
    this.#launch = launch;
    this.#program = program;
    this.access = first.access;
    this.folder = first.folder;
    this.firstRevision = first.revision;
  }

  static async open(home: Home): Promise<MortalServer> {
    const folder = join(home.folder, "server");
    const port = await findFreePort();
    const args = ["server", "start", "--data-dir", folder, "--port", String(port)];
    const launch = () =>
      start("llmcfg", [...args, "--log-level", "warn"], {
        env: home.env,
        timeoutMs: START_TIMEOUT_MS,
      });
    const program = await launch();
    try {
      const line = await program.waitForLine((text) => text.startsWith("  Token "));
      const url = `http://127.0.0.1:${port}`;
      const { token, revision } = await createWriter(url, line.trim().split(/\s+/)[1] ?? "");
      const server = new MortalServer(launch, program, {
        access: { url, token },
        folder,
        revision,
      });
      await server.#restartInPeace();
      return server;
    } catch (error) {
      await program.stop("SIGKILL");
      throw error;
    }
  }

  /** Node keeps compiled code only when it ends in peace, and each later start is faster with it. */
  async #restartInPeace(): Promise<void> {
    await this.#program.stop("SIGTERM");
    await this.#startAgain();
  }

  /**
   * Kills it `count` times and starts it again, each time 50 to 300 ms after it serves.
   *
   * @param whenServing called at the begin of each life; resolves once clients were answered
   */
  async killRepeatedly(
    count: number,
    random: () => number,
    whenServing: () => Promise<unknown>,
  ): Promise<void> {
    for (let i = 0; i < count && !this.#isOver; i++) {
      await Promise.race([whenServing(), this.#over.promise]);
      await delay(50 + random() * 250);
      await this.#program.stop("SIGKILL");
      await this.#startAgain();
    }
  }

  async stop(): Promise<void> {
    await this.#program.stop("SIGTERM");
  }

  /** Ends it for good, in the midst of being killed too. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#over.resolve();
    await this.#starting;
    await this.#program.stop("SIGKILL");
  }

  async #startAgain(): Promise<void> {
    if (this.#isOver) return;
    const starting = this.#launch();
    this.#starting = Promise.allSettled([starting]);
    this.#program = await starting;
  }
}

const WRITER_ROLES: readonly string[] = ["editor", "secret-writer", "secret-reader", "auditor"];

/** The first administrator's token is good for an hour; this one outlives a slow run. */
export async function createWriter(
  url: string,
  adminToken: string,
): Promise<{ readonly token: string; readonly revision: number }> {
  const everywhere = WRITER_ROLES.map((role) => ({ role, scope: "**" }));
  const response = await fetch(`${url}/v1/tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
    body: JSON.stringify({ kind: "sa", name: "writer", roles: everywhere }),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`no token was made: ${response.status} ${text}`);
  const { token } = JSON.parse(text) as { token: string }; // the wire format of a new token
  return { token, revision: Number(response.headers.get("config-revision")) };
}

/**
 * A port of the loopback interface nobody listens on, below those that outgoing connections get: a
 * client that calls while the server is down must not take its port.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer().listen(port, "127.0.0.1");
    const isFree = await once(probe, "listening").then(
      () => true,
      () => false,
    );
    probe.close();
    if (isFree) return port;
  }
}
