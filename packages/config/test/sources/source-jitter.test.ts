import { ConfigLoader, ConfigValidator, createManager, type WatchOptions } from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import { gatewaySchema } from "../support/gateway-schema.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { MemorySource } from "../support/memory-source.ts";
import { until } from "../support/until.ts";

/** A source whose revisions are not whole, unless it is told so. */
class PlainSource extends MemorySource {
  isWhole = false;

  override async watch(context: Parameters<MemorySource["watch"]>[0]): Promise<AsyncDisposable> {
    const signal: typeof context.signal = (hint) => {
      context.signal({ reason: hint?.reason ?? "", whole: this.isWhole });
    };
    return await super.watch({ ...context, signal });
  }
}

async function watched(watch: WatchOptions) {
  const clock = new ManualClock();
  const source = new PlainSource({ server: { port: 1 } });
  const loader = new ConfigLoader(gatewaySchema, { clock, random: () => 0.5 }).addSource(source);
  const validator = new ConfigValidator(gatewaySchema);
  const manager = await createManager({ loader, validator, watch });
  await manager.start();
  return { clock, source, manager, [Symbol.asyncDispose]: () => manager.stop() };
}

const WATCH = { debounce: "0s", maxWait: "10s", jitter: 1 } as const;

describe("what remote sources tell", () => {
  test("P10 is put off by a random part of the longest wait; what comes meanwhile joins it", async () => {
    await using running = await watched(WATCH);
    const { clock, source, manager } = running;
    const reads = source.reads.length;

    source.put({ server: { port: 2 } });
    clock.advance(4_000);
    source.put({ server: { port: 3 } });
    clock.advance(999);
    const early = source.reads.length;
    clock.advance(1);
    await until("it is accepted", () => {
      clock.advance(0);
      return manager.current().server.port === 3;
    });

    expect(early).toBe(reads);
    expect(source.reads).toHaveLength(reads + 1);
  });

  test("LCS-2 P10 a whole revision never waits", async () => {
    await using running = await watched(WATCH);
    const { source, manager } = running;
    source.isWhole = true;

    source.put({ server: { port: 2 } });
    await until("it is accepted", () => manager.current().server.port === 2);

    expect(manager.version).toBe(2);
  });

  test("P10 the part is between none and all", async () => {
    await expect(watched({ jitter: 1.5 })).rejects.toThrow("jitter is 1.5: expected 0–1");
  });
});
