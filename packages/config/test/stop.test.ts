import { ConfigLoader, ConfigValidator, createManager } from "@llmcfg/config";
import type { SourceWatchContext } from "@llmcfg/config/sources";
import { expect, test } from "vitest";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { manage } from "./support/manage.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

test("WAT-8 start twice listens to SIGHUP once, and stop leaves no listener", async () => {
  const before = process.listenerCount("SIGHUP");
  const { manager } = await manage({}, { watch: false, signals: true });

  await Promise.all([manager.start(), manager.start()]);
  await manager.start();
  const during = process.listenerCount("SIGHUP") - before;
  await manager.stop();

  expect(during).toBe(1);
  expect(process.listenerCount("SIGHUP")).toBe(before);
});

test("WAT-8 a watch that begins only after stop is ended at once, and a stopped manager starts none", async () => {
  const source = new SlowlyWatched({});
  const manager = await createManager({
    loader: new ConfigLoader(gatewaySchema).addSource(source),
    validator: new ConfigValidator(gatewaySchema),
  });

  const starting = manager.start();
  await until("the watch is asked for", () => source.begins === 1);
  await manager.stop();
  source.begin();
  await starting;
  await manager.start();

  expect(source.open).toBe(0);
  expect(source.begins).toBe(1);
});

test("WAT-8 a source that never answers keeps neither reload nor stop waiting", async () => {
  const source = new MemorySource({});
  const manager = await createManager({
    loader: new ConfigLoader(gatewaySchema).addSource(source),
    validator: new ConfigValidator(gatewaySchema),
  });
  let isAsked = false;
  source.read = () => {
    isAsked = true;
    return new Promise(() => {});
  };

  const reload = manager.reload().catch((error: unknown) => error);
  await until("the question", () => isAsked);
  await manager.stop();

  expect(await reload).toMatchObject({ code: "stopped" });
});

test("WAT-8 a source that fails to end does not keep the others from it", async () => {
  const sources = ["a", "b", "c"].map((id) => new MemorySource({}, { id }));
  const end = sources[1]?.[Symbol.asyncDispose].bind(sources[1]);
  if (sources[1] !== undefined) {
    sources[1][Symbol.asyncDispose] = async () => {
      await end?.();
      throw new Error("it is stuck");
    };
  }
  const loader = new ConfigLoader(gatewaySchema);
  for (const source of sources) loader.addSource(source);
  const manager = await createManager({ loader, validator: new ConfigValidator(gatewaySchema) });

  await expect(manager.stop()).rejects.toThrow("it is stuck");

  expect(sources.map(({ isDisposed }) => isDisposed)).toEqual([true, true, true]);
});

test("WAT-8 P15 a listener that hangs leaves no timer behind, and is not blamed after the end", async () => {
  const clock = new ManualClock();
  const { manager } = await manage({}, { clock });
  let isCalled = false;
  manager.subscribe(() => {
    isCalled = true;
    return new Promise(() => {});
  });
  await manager.set({ server: { host: "two" } });
  await until("the call", () => isCalled);

  await manager.stop();

  expect(clock.pending).toBe(0);
  expect(manager.status.reasons).toEqual([]);
});

test("WAT-8 SM-10 a listener of rotations that hangs leaves no timer behind", async () => {
  const clock = new ManualClock();
  const variables: Record<string, string> = { KEY: "sk-one" };
  const { manager } = await manage(
    { providers: [{ id: "a", key: "${env:KEY}" }] },
    { clock, variables },
  );
  const key = manager.current().providers[0]?.key;
  key?.onRotate(() => new Promise(() => {}));
  variables["KEY"] = "sk-two";
  expect(await key?.reveal()).toBe("sk-two");
  expect(clock.pending).toBe(1);

  await manager.stop();

  await until("the timer ends", () => clock.pending === 0);
});

/** Its watch begins when it is told to. */
class SlowlyWatched extends MemorySource {
  begins = 0;
  open = 0;
  readonly #begun = Promise.withResolvers<void>();

  begin(): void {
    this.#begun.resolve();
  }

  override async watch(context: SourceWatchContext): Promise<AsyncDisposable> {
    this.begins++;
    await this.#begun.promise;
    this.open++;
    const watch = await super.watch(context);
    return {
      [Symbol.asyncDispose]: async () => {
        this.open--;
        await watch[Symbol.asyncDispose]();
      },
    };
  }
}
