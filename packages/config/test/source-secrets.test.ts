import { ConfigLoader, defineSchema, field, type SecretRef } from "@llmcfg/config";
import type { Json, JsonObject } from "@llmcfg/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { MemorySecrets } from "../../../tests/support/memory-secrets.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemorySource } from "./support/memory-source.ts";

const root = z.strictObject({
  named: field.secret(),
  unnamed: field.secret(),
  secrets: z
    .strictObject({
      backend: z.literal("llmcfg"),
      cache_ttl: field.duration().optional(),
      negative_ttl: field.duration().optional(),
      stale_if_error: field.duration().optional(),
    })
    .nullable()
    .default(null),
});

const schema = defineSchema({ name: "of-source", root, secrets: "secrets" });

test.each([
  ["as its block says", { backend: "llmcfg", cache_ttl: "60s" }, 60_000],
  ["for five minutes by default", { backend: "llmcfg" }, 300_000],
  ["for five minutes without a block", null, 300_000],
] as const)(
  "SM-7 LCS-5 a secret of the source's own manager is remembered %s, however it is named",
  async (_name, secrets, ttlMs) => {
    await using loaded = await load(secrets);
    const { config, backend, clock } = loaded;
    const asked = backend.asked;

    clock.advance(ttlMs * 0.9 - 1); // up to a tenth is left to chance
    await revealBoth(config);
    const within = backend.asked - asked;
    clock.advance(ttlMs * 0.1 + 1);
    await revealBoth(config);

    expect([within, backend.asked - asked]).toEqual([0, 2]);
  },
);

test("SM-9 LCS-5 its old values stand for it as long as the block says", async () => {
  await using loaded = await load({
    backend: "llmcfg",
    cache_ttl: "60s",
    negative_ttl: "1ms",
    stale_if_error: "10s",
  });
  const { config, backend, clock } = loaded;
  backend.isAway = true;

  clock.advance(60_000);
  const stale = await revealBoth(config);
  clock.advance(10_001);
  const over = await revealBoth(config).catch((error: unknown) => error);

  expect(stale).toEqual(["one", "two"]);
  expect(over).toMatchObject({ code: "secret_unavailable" });
});

test("LCS-5 the manager of a source goes on when the block that asked for it is gone", async () => {
  const clock = new ManualClock();
  const backend = new CountedSecrets();
  const source = new MemorySource(documentOf({ backend: "llmcfg" }), { secrets: backend });
  const loader = new ConfigLoader(schema, { clock }).addSource(source);
  const { config } = await loader.load();

  source.put(documentOf(null));
  const { config: later } = await loader.load();

  expect(await revealBoth(later)).toEqual(["one", "two"]);
  expect(await revealBoth(config)).toEqual(["one", "two"]);
  expect(backend.isEnded).toBe(false);
});

class CountedSecrets extends MemorySecrets {
  asked = 0;
  isAway = false;
  isEnded = false;

  constructor() {
    super();
    this.put("a", "one");
    this.put("b", "two");
  }

  override async getSecret(...asked: Parameters<MemorySecrets["getSecret"]>) {
    this.asked++;
    if (this.isAway) throw new Error("connection refused");
    return await super.getSecret(...asked);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.isEnded = true;
  }
}

type Block = z.input<typeof root>["secrets"];

function documentOf(secrets: Block): Json {
  const block = secrets === undefined || secrets === null ? null : (secrets as JsonObject);
  return { named: "${secret://llmcfg/a}", unnamed: "${secret:b}", secrets: block };
}

async function load(secrets: Block) {
  const clock = new ManualClock();
  const backend = new CountedSecrets();
  const source = new MemorySource(documentOf(secrets), { secrets: backend });
  const { config } = await new ConfigLoader(schema, { clock }).addSource(source).load();
  return { config, backend, clock, [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose]() };
}

async function revealBoth({
  named,
  unnamed,
}: {
  readonly named: SecretRef;
  readonly unnamed: SecretRef;
}): Promise<readonly string[]> {
  return [await named.reveal(), await unnamed.reveal()];
}
