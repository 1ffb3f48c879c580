import { once } from "node:events";
import { createServer } from "node:http";
import type { SecretsManager } from "@llmcfg/config/secrets";
import type { Json, JsonObject } from "@llmcfg/core";
import { expect, test } from "vitest";
import { createBlockManager } from "../src/secrets/create-secrets-manager.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { until } from "./support/until.ts";

test("SM-2 a login is renewed when two thirds of its lease are over, again and again", async () => {
  await using vault = await Vault.open();
  await using manager = await vault.manager();
  await read(manager);

  vault.clock.advance(66_666);
  const early = vault.asked("renew-self");
  for (const count of [1, 2, 3]) {
    vault.clock.advance(66_667);
    await until("a renewal", () => vault.asked("renew-self") === count);
    await vault.settled(); // the next one is planned
  }
  await read(manager, "other");

  expect(early).toBe(0);
  expect(vault.asked("approle/login")).toBe(1);
});

test("SM-2 a renewal that does not come about is tried again while the token lives", async () => {
  await using vault = await Vault.open();
  await using manager = await vault.manager();
  await read(manager);
  vault.status = 503;

  vault.clock.advance(66_667);
  await until("the first try", () => vault.asked("renew-self") === 1);
  await vault.settled();
  vault.status = undefined;
  vault.clock.advance(1_000);
  await until("the second try", () => vault.asked("renew-self") === 2);

  await vault.settled();
  await read(manager, "other");
  expect(vault.asked("approle/login")).toBe(1);
});

test("SM-2 a lease that may not be renewed ends, and the next question logs in before it asks", async () => {
  await using vault = await Vault.open({ renewable: false });
  await using manager = await vault.manager();
  await read(manager);

  vault.clock.advance(94_999);
  await read(manager, "second");
  const before = vault.asked("approle/login");
  vault.clock.advance(1); // five seconds before the end
  await Promise.all(["third", "fourth", "fifth"].map((path) => read(manager, path)));

  expect([before, vault.asked("approle/login"), vault.asked("renew-self")]).toEqual([1, 2, 0]);
});

test("SM-2 a token that was refused after its time is followed by one login for all who ask", async () => {
  await using vault = await Vault.open();
  await using manager = await vault.manager();
  await read(manager);
  vault.revokeAll();

  const found = await Promise.all(["a", "b", "c", "d"].map((path) => read(manager, path)));

  expect(found).toEqual(["v", "v", "v", "v"]);
  expect(vault.asked("approle/login")).toBe(2);
});

test.each(["../sys/health", "a/../../../sys/mounts", "a/./b", "..", "", "/"])(
  "SM-2 SM-3 %j does not lead out of the mount: nothing is asked",
  async (path) => {
    await using vault = await Vault.open();
    await using manager = await vault.manager();

    const error = await manager.getSecret(path).catch((e: unknown) => e);

    expect(error).toMatchObject({
      code: "secret_not_found",
      message: `Secret value not found at path: kv/${path}`,
    });
    expect(vault.asked("")).toBe(0);
  },
);

test("SM-9 a vault that cannot answer is away, and its answer is in no error", async () => {
  await using vault = await Vault.open();
  await using manager = await vault.manager();
  vault.body = { errors: ["sk-canary"] };

  for (const status of [429, 472, 473, 500, 502, 503]) {
    vault.status = status;
    const error = await manager.getSecret(`s${status}`).catch((e: unknown) => e);

    expect(error).toMatchObject({ code: "backend_unreachable" });
    expect(String(error)).not.toContain("sk-canary");
  }
});

test("SM-2 ending the manager ends the renewals", async () => {
  await using vault = await Vault.open();
  const manager = await vault.manager();
  await read(manager);
  const planned = vault.clock.pending;

  await manager[Symbol.asyncDispose]();

  expect([planned, vault.clock.pending]).toEqual([1, 0]);
});

async function read(manager: SecretsManager, path = "first"): Promise<string> {
  using material = await manager.getSecret(path);
  return new TextDecoder().decode(material.bytes);
}

interface VaultOptions {
  readonly renewable?: boolean;
}

/** As much of a vault as tokens need, with leases of 100 s, and time that stands still. */
class Vault implements AsyncDisposable {
  readonly clock = new ManualClock();
  /** Answers everything with this. */
  status: number | undefined;
  body: Json = {};
  readonly #paths: string[] = [];
  readonly #good = new Set<string>();
  readonly #renewable: boolean;
  readonly #server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const { status, body } = this.#answer(request.url ?? "", request.headers["x-vault-token"]);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body), () => {
        this.#inFlight--;
      });
    });
    this.#inFlight++;
  });
  #inFlight = 0;
  #issued = 0;

  private constructor({ renewable = true }: VaultOptions) {
    this.#renewable = renewable;
  }

  static async open(options: VaultOptions = {}): Promise<Vault> {
    const vault = new Vault(options);
    vault.#server.listen(0, "127.0.0.1");
    await once(vault.#server, "listening");
    return vault;
  }

  async manager(): Promise<SecretsManager> {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new TypeError("it listens on TCP");
    const block: JsonObject = {
      backend: "vault",
      address: `http://127.0.0.1:${address.port}`,
      mount_path: "kv",
      kv_version: 1,
      auth: { type: "app_role", role_id: "r", secret_id: "s" },
    };
    const { clock } = this;
    const fs = { readFile: () => Promise.reject(new Error("there are no files")) };
    const tools = { clock, random: () => 0.5, fs, variable: () => undefined };
    return await createBlockManager(block, tools);
  }

  asked(end: string): number {
    return this.#paths.filter((path) => path.endsWith(end)).length;
  }

  revokeAll(): void {
    this.#good.clear();
  }

  /** Nothing is under way, on either side. */
  async settled(): Promise<void> {
    await until("the answers", () => this.#inFlight === 0);
    await until("the plan", () => this.clock.pending > 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(
    path: string,
    token: string | string[] | undefined,
  ): { readonly status: number; readonly body: Json } {
    this.#paths.push(path);
    if (this.status !== undefined) return { status: this.status, body: this.body };
    if (path.endsWith("/login")) return { status: 200, body: { auth: this.#lease() } };
    if (!this.#good.has(String(token))) return { status: 403, body: { errors: ["denied"] } };
    if (path.endsWith("/renew-self")) {
      const lease = { client_token: String(token), lease_duration: 100, renewable: true };
      return { status: 200, body: { auth: lease } };
    }
    return { status: 200, body: { data: { value: "v" } } };
  }

  #lease(): JsonObject {
    this.#issued++;
    const client_token = `t${this.#issued}`;
    this.#good.add(client_token);
    return { client_token, lease_duration: 100, renewable: this.#renewable };
  }
}
