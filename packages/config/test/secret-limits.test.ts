import { ConfigLoader, ConfigValidator, createManager, defineSchema, field } from "@llmcfg/config";
import { expect, test } from "vitest";
import { z } from "zod";
import { HttpPeer } from "./support/http-peer.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

const root = z.strictObject({
  keys: z.array(field.secret()),
  secrets: z.strictObject({
    backend: z.literal("vault"),
    address: z.string(),
    mount_path: z.string(),
    token: field.secret(),
    max_concurrency: z.int().optional(),
    rotation_interval: field.duration().optional(),
  }),
});

const schema = defineSchema({ name: "limits", envPrefix: "LIMITS_", root, secrets: "secrets" });

test.each([
  ["as many as max_concurrency says, also more than the default", 40, 40],
  ["no more than max_concurrency says", 3, 3],
  ["16 by default", undefined, 16],
] as const)(
  "SEC-9 references are resolved at the same time: %s",
  async (_name, maxConcurrency, expected) => {
    await using vault = await HeldVault.start();
    const loader = loaderOf(vault, maxConcurrency);

    const loading = loader.load();
    await until("the requests", () => vault.waiting === expected);
    vault.release();
    await loading;

    expect([vault.mostAtOnce, vault.read.length]).toEqual([expected, 40]);
  },
);

test("SEC-9 SM-10 secrets are fetched again with the same limit", async () => {
  await using vault = await HeldVault.start();
  vault.release();
  const clock = new ManualClock();
  const loader = loaderOf(vault, 24, { clock });
  await using manager = await createManager({ loader, validator: new ConfigValidator(schema) });
  await manager.start();
  vault.hold();

  clock.advance(10_000);
  await until("the requests", () => vault.waiting === 24);
  vault.release();
  await until("all of them", () => vault.read.length === 80);

  expect(vault.mostAtOnce).toBe(24);
});

test("SEC-9 of forty that cannot be resolved all are reported together", async () => {
  await using vault = await HeldVault.start();
  vault.release(404);

  const error: unknown = await loaderOf(vault, 8)
    .load()
    .catch((e: unknown) => e);

  const { errors } = (
    error as { readonly report: { readonly errors: readonly { path: string }[] } }
  ).report; // of a load that failed
  expect(errors.map(({ path }) => path)).toEqual(
    Array.from({ length: 40 }, (_none, i) => `keys[${i}]`),
  );
});

/** Forty references to a vault. */
function loaderOf(
  vault: HeldVault,
  maxConcurrency: number | undefined,
  options: { readonly clock?: ManualClock } = {},
): ConfigLoader<z.output<typeof root>> {
  const limit = maxConcurrency === undefined ? {} : { max_concurrency: maxConcurrency };
  const document = {
    keys: Array.from({ length: 40 }, (_none, i) => `\${secret:s${i}}`),
    secrets: {
      backend: "vault",
      address: vault.url,
      mount_path: "kv",
      token: "${env:VAULT_TOKEN}",
      rotation_interval: "10s",
      ...limit,
    },
  };
  return new ConfigLoader(schema, options)
    .addSource(new MemorySource(document))
    .addEnv({ variables: { VAULT_TOKEN: "t" } });
}

/** Answers like a vault, but only when it is let. */
class HeldVault implements AsyncDisposable {
  /** The paths that were answered. */
  readonly read: string[] = [];
  mostAtOnce = 0;
  readonly #peer: HttpPeer;
  #held: (() => void)[] = [];
  #status: number | undefined;

  private constructor(peer: HttpPeer) {
    this.#peer = peer;
  }

  static async start(): Promise<HeldVault> {
    const peer = await HttpPeer.start(() => {});
    const vault = new HeldVault(peer);
    peer.answer = ({ url = "" }, response) => {
      response.setHeader("content-type", "application/json");
      if (!url.startsWith("/v1/kv/")) {
        response.end('{"data": {"ttl": 0, "renewable": false}}');
        return;
      }
      const answer = () => {
        vault.read.push(url);
        const status = vault.#status ?? 200;
        const body = { data: { data: { value: `value of ${url}` }, metadata: { version: 1 } } };
        response.writeHead(status).end(JSON.stringify(status === 200 ? body : { errors: [] }));
      };
      vault.#held.push(answer);
      vault.mostAtOnce = Math.max(vault.mostAtOnce, vault.waiting);
      if (vault.#status !== undefined) setImmediate(() => vault.#answerAll());
    };
    return vault;
  }

  get url(): string {
    return this.#peer.url;
  }

  get waiting(): number {
    return this.#held.length;
  }

  hold(): void {
    this.#status = undefined;
  }

  release(status = 200): void {
    this.#status = status;
    this.#answerAll();
  }

  #answerAll(): void {
    const answers = this.#held;
    this.#held = [];
    for (const answer of answers) answer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    await this.#peer[Symbol.asyncDispose]();
  }
}
