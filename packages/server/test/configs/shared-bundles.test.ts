import { LlmcfgError } from "@llmcfg/core";
import { expect, test } from "vitest";
import { type GetBundle, getBundle } from "../../src/modules/configs/get-bundle.ts";
import type { EffectiveReader } from "../../src/modules/configs/ports.ts";
import { type SharedBundle, SharedBundles } from "../../src/modules/configs/shared-bundles.ts";
import { callerWith, openWorld, put, TENANT, type World, write } from "./open-world.ts";

test("who asks the same with equal rights gets one bundle, resolved once", async () => {
  const { world, reads } = countedWorld();
  await write(world, [put("base/svc/a", 1)]);

  const [first, second] = await Promise.all([
    bundle(world, { caller: callerWith("viewer") }),
    bundle(world, { caller: callerWith("viewer") }),
  ]);
  const later = await bundle(world, { caller: callerWith("viewer") });

  expect(reads.count).toBe(1);
  expect(second.view).toBe(first.view);
  expect(later.view).toBe(first.view);
  expect([first.kept, typeof later.kept]).toEqual([undefined, "object"]);
  expect([world.deps.bundles.misses, world.deps.bundles.hits]).toEqual([2, 1]);
});

test("no bundle outlives its revision, whoever moved the tenant", async () => {
  const { world, reads } = countedWorld();
  await write(world, [put("base/svc/a", 1)]);
  await bundle(world);

  await write(world, [put("base/svc/a", 2)]);
  const changed = await bundle(world);
  await write(world, [put("base/other/b", 1)]);
  const elsewhere = await bundle(world);

  expect([changed.view.values, changed.view.readAt]).toEqual([{ a: 2 }, 3]);
  expect([elsewhere.view.revision, elsewhere.view.readAt]).toEqual([3, 4]);
  expect(elsewhere.kept).toBeUndefined();
  expect(world.deps.bundles.invalidations).toBe(2);
  expect(reads.count).toBeGreaterThanOrEqual(3);
});

test.each([
  ["rights", { caller: callerWith("viewer@*/svc/a") }],
  ["the environment", { namespace: { env: "staging", service: "svc", prefix: "" } }],
  ["the prefix", { namespace: { env: "production", service: "svc", prefix: "a" } }],
  ["references", { references: "keep" }],
  ["the shape", { shape: "nested" }],
  ["meta", { withMeta: true }],
] as const)("a bundle is not given to whoever asks with other %s", async (_name, other) => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1), put("base/svc/b", 2)]);
  const mine = await bundle(world);

  const theirs = await bundle(world, other);

  expect(theirs.kept).toBeUndefined();
  expect(theirs.view).not.toBe(mine.view);
});

test("of two callers each sees what it may, in whichever order they ask", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1), put("base/svc/b", 2)]);
  const narrow = { caller: callerWith("viewer@*/svc/a", "auditor") };

  const seen = [
    await bundle(world),
    await bundle(world, narrow),
    await bundle(world),
    await bundle(world, narrow),
  ].map(({ view }) => view.values);

  expect(seen).toEqual([{ a: 1, b: 2 }, { a: 1 }, { a: 1, b: 2 }, { a: 1 }]);
});

test("a revealed bundle is on record each time, and nobody else is given what was revealed", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/secrets/key", "sk-canary"), put("base/svc/a", 1)]);

  const plain = await bundle(world);
  const revealed = await bundle(world, { reveal: true });
  const again = await bundle(world, { reveal: true });
  const after = await bundle(world);

  expect(revealed.view.values).toEqual({ a: 1, "secrets/key": "sk-canary" });
  expect(again.view).not.toBe(revealed.view);
  expect([revealed.kept, again.kept]).toEqual([undefined, undefined]);
  expect(after.view).toBe(plain.view);
  expect(JSON.stringify([...after.view.flat, after.view])).not.toContain("sk-canary");
  expect(world.recorded.map(({ action }) => action)).toEqual(["secret.reveal", "secret.reveal"]);
});

test("a past state is read for each call, and keeps nothing from anybody", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);
  await write(world, [put("base/svc/a", 2)]);

  const then = await bundle(world, { at: { revision: 2 } });
  const now = await bundle(world);

  expect([then.view.values, now.view.values]).toEqual([{ a: 1 }, { a: 2 }]);
  expect(world.deps.bundles.misses).toBe(1);
});

test("a refusal is not kept", async () => {
  const world = openWorld();

  const missing = bundle(world);
  await expect(missing).rejects.toMatchObject({ reason: "SERVICE_NOT_FOUND" });
  await write(world, [put("base/svc/a", 1)]);

  expect((await bundle(world)).view.values).toEqual({ a: 1 });
});

test("who leaves does not stop the others, and who waits long enough gets it", async () => {
  const { shared, made, finish } = heldBundles();
  const leaving = new AbortController();

  const gone = shared.find(TENANT, ["q"], made, { signal: leaving.signal });
  const staying = shared.find(TENANT, ["q"], made);
  await made.begun;
  leaving.abort(new LlmcfgError("DEADLINE_EXCEEDED", "the client is gone", {}));

  await expect(gone).rejects.toMatchObject({ reason: "DEADLINE_EXCEEDED" });
  finish();
  expect((await staying).view.readAt).toBe(5);
  expect(made.calls).toBe(1);
});

test("who asks after a commit is not given what was begun before it", async () => {
  const { shared, made, finish, move } = heldBundles();

  const before = shared.find(TENANT, ["q"], made);
  await made.begun;
  move(6);
  const after = shared.find(TENANT, ["q"], async () => ({ ...(await view()), readAt: 6 }));
  finish();

  expect((await before).view.readAt).toBe(5);
  expect((await after).view.readAt).toBe(6);
});

test("what is kept together is bounded, what was asked for last stays, and age ends it", async () => {
  const time = { ms: 0 };
  const shared = new SharedBundles(
    { store: { headRevision: async () => 5 }, monotonicMs: () => time.ms },
    { maxBytes: 2_100, ttlMs: 1_000 }, // two empty bundles of 1,008
  );
  const ask = async (question: string) =>
    (await shared.find(TENANT, [question], view)).kept !== undefined;

  const seen = [await ask("a"), await ask("b"), await ask("a"), await ask("c"), await ask("a")];
  const dropped = await ask("b");

  expect([seen, dropped]).toEqual([[false, false, true, false, true], false]);
  expect(shared.bytes).toBe(2_016);
  expect(shared.evictions).toBe(2);
  time.ms = 999;
  expect(await ask("a")).toBe(true);
  time.ms = 1_000;
  expect(await ask("a")).toBe(false);
});

async function bundle(world: World, over: Partial<GetBundle> = {}): Promise<SharedBundle> {
  return await getBundle(world.deps, {
    caller: callerWith(),
    namespace: { env: "production", service: "svc", prefix: "" },
    references: "expand",
    shape: "flat",
    withMeta: false,
    reveal: false,
    ...over,
  });
}

/** A world that counts how often a bundle of the newest state is resolved. */
function countedWorld() {
  const world = openWorld();
  const reads = { count: 0 };
  const { reader } = world.deps;
  const counted: EffectiveReader = {
    entry: (...given) => reader.entry(...given),
    bundle: async (tenant, namespace, options) => {
      if (options?.at === undefined) reads.count++;
      return await reader.bundle(tenant, namespace, options);
    },
  };
  return { world: { ...world, deps: { ...world.deps, reader: counted } }, reads };
}

async function view(): Promise<SharedBundle["view"]> {
  const nothing = { values: {}, flat: new Map(), redacted: [], entries: [], revealedEtag: "e" };
  return { revision: 5, readAt: 5, hash: "sha256:0", etag: "e", isRevealed: false, ...nothing };
}

/** A bundle that is being made until it is let go, in a tenant at revision 5. */
function heldBundles() {
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let head = 5;
  const shared = new SharedBundles({ store: { headRevision: async () => head } });
  const make = async () => {
    made.calls++;
    begun.resolve();
    await held.promise;
    return await view();
  };
  const made = Object.assign(make, { calls: 0, begun: begun.promise });
  return {
    shared,
    made,
    finish: () => held.resolve(),
    move: (to: number) => {
      head = to;
    },
  };
}
