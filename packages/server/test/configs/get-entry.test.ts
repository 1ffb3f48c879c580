import { isLlmcfgError, LlmcfgError, parsePath } from "@llmcfg/core";
import { expect, test } from "vitest";
import { NO_PRECONDITION } from "../../src/modules/configs/change-set.ts";
import { type GetEntry, getEntry } from "../../src/modules/configs/get-entry.ts";
import { callerWith, openWorld, put, type World, write } from "./open-world.ts";

test("ERR-02 a key that the caller may not list looks like one that is not there, and is on record", async () => {
  const world = openWorld();
  await write(world, [
    put("base/svc/hidden", 1),
    put("base/svc/hiddem-too", 1),
    put("base/svc/mine", 1),
  ]);
  const caller = callerWith("viewer@*/svc/mine");

  const hidden = await refusal(get(world, "production/svc/hidden", { caller }));
  const missing = await refusal(get(world, "production/svc/nothing", { caller }));

  expect(hidden).toMatchObject({
    reason: "KEY_NOT_FOUND",
    message: "production/svc/hidden does not exist at revision 2",
    details: { suggestions: [] },
  });
  expect(missing.message.replace("nothing", "hidden")).toBe(hidden.message);
  expect(world.recorded).toMatchObject([
    { action: "config.read", path: "production/svc/hidden", outcome: "denied" },
    { action: "config.read", path: "production/svc/nothing", outcome: "denied" },
  ]);
});

test("who may list and not read is told so", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);

  const error = await refusal(get(world, "base/svc/a", { caller: callerWith("auditor") }));

  expect(error).toMatchObject({ reason: "POLICY_DENIED", details: { permission: "config:read" } });
});

test("secret:read alone reads a secret and nothing else", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1), put("base/svc/secrets/b", "s")]);
  const caller = callerWith("secret-reader");

  const secret = await get(world, "base/svc/secrets/b", { caller, reveal: true });
  const plain = await refusal(get(world, "base/svc/a", { caller }));

  expect(secret).toMatchObject({ isRevealed: true, entry: { value: "s", isRedacted: false } });
  expect(plain).toMatchObject({ reason: "POLICY_DENIED" });
});

test("a secret by reference is revealed only to who may see that one too, each on record", async () => {
  const world = openWorld();
  await write(world, [
    put("base/svc/secrets/pw", "s3cr3t"),
    put("base/svc/url", "u:${secret:secrets/pw}"),
    put("base/svc/copy", "u:${ref:secrets/pw}"),
  ]);
  const partly = callerWith("viewer", "secret-reader@*/svc/copy");

  const url = await get(world, "production/svc/url", { reveal: true });
  const denied = await refusal(get(world, "production/svc/copy", { caller: partly, reveal: true }));

  expect(url.entry.value).toBe("u:s3cr3t");
  expect(denied).toMatchObject({
    reason: "POLICY_DENIED",
    details: { permission: "secret:read", path: "production/svc/secrets/pw" },
  });
  expect(world.recorded).toMatchObject([
    { path: "production/svc/url", details: { purpose: "read" } },
    { path: "production/svc/secrets/pw", details: { purpose: "reference" } },
    { outcome: "denied" },
  ]);
});

test("LAW-07 nothing is revealed that cannot be recorded first", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/secrets/a", "s")]);
  let opened = 0;
  const unavailable = new LlmcfgError("AUDIT_UNAVAILABLE", "the log is full", { retryAfter: 1 });
  const { RecordedRevealer } = await import("../../src/modules/secrets/reveal-values.ts");
  const revealer = new RecordedRevealer({
    clock: world.deps.clock,
    recorder: { record: () => Promise.reject(unavailable) },
    open: async () => {
      opened += 1;
      return "s";
    },
  });

  const attempt = getEntry(
    { ...world.deps, revealer },
    query("base/svc/secrets/a", { reveal: true }),
  );

  await expect(attempt).rejects.toBe(unavailable);
  expect(opened).toBe(0);
});

test("API-02 the core of a tag is of the state: equal for every form and reader of it", async () => {
  const world = openWorld();
  await write(world, [
    put("base/other/host", "db"),
    put("base/svc/url", "${ref://other/host}"),
    put("base/svc/secrets/k", "s"),
  ]);
  const restricted = callerWith("viewer@*/svc/**");

  const plain = await get(world, "production/svc/url");
  const layers = await get(world, "production/svc/url", { withLayers: true });
  const kept = await get(world, "production/svc/url", { references: "keep" });
  const partly = await get(world, "production/svc/url", { caller: restricted });
  const staging = await get(world, "staging/svc/url");
  const redacted = await get(world, "base/svc/secrets/k");
  const revealed = await get(world, "base/svc/secrets/k", { reveal: true });

  expect(plain.etag).toMatch(/^[A-Za-z0-9_-]{16}$/);
  const others = [layers, kept, partly].map(({ etag }) => etag);
  expect(new Set([plain.etag, ...others]).size).toBe(4);
  expect(others.map((etag) => [etag.length, etag.slice(0, 16)])).toEqual(
    others.map(() => [32, plain.etag]),
  );
  expect(staging.etag).not.toBe(plain.etag);
  expect(revealed.etag).toBe(redacted.etag);
});

test("API-03 a change in an ancestor that counts makes a tag stale, one that does not leaves it", async () => {
  const world = openWorld();
  await write(world, [
    put("base/svc/merged", { a: 1, b: 1 }),
    put("staging/svc/merged", { b: 2 }),
    put("base/svc/pinned", 1),
    put("staging/svc/pinned", 2),
    put("base/svc/host", "h"),
    put("staging/svc/url", "${ref:host}"),
  ]);
  const paths = ["staging/svc/merged", "staging/svc/pinned", "staging/svc/url"];
  const before = await Promise.all(paths.map((path) => get(world, path)));

  await write(world, [
    put("base/svc/merged", { a: 2, b: 1 }),
    put("base/svc/pinned", 3),
    put("base/svc/host", "h2"),
  ]);
  const stale = await Promise.all(
    paths.map(async (path, i) => {
      const ifMatch = [{ opaque: `${before[i]?.etag}.j`, isWeak: false }];
      const expected = { ...NO_PRECONDITION, ifMatch };
      return await write(world, [put(path, { c: 1 }, { expected })]).then(
        () => "written",
        (error: unknown) => isLlmcfgError(error, "ETAG_MISMATCH") && error.message,
      );
    }),
  );

  expect(stale).toEqual([
    "staging/svc/merged is not what you read",
    "written",
    "staging/svc/url is not what you read",
  ]);
});

test("an answer depends on all that its tag does, also beyond what the caller may follow", async () => {
  const world = openWorld();
  await write(world, [
    put("base/other/a", 1),
    put("base/other/b", "${ref:a}"),
    put("base/svc/url", "${ref://other/b}"),
  ]);

  const { dependencies } = await get(world, "base/svc/url", {
    caller: callerWith("viewer@*/svc/**"),
  });

  expect(dependencies.map(({ service, key }) => `${service}/${key}`).toSorted()).toEqual([
    "other/a",
    "other/b",
    "svc/url",
  ]);
});

test("a layer that the caller may not read is there, and hidden", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", "b"), put("production/svc/a", "p")]);
  const caller = callerWith("viewer@production/**");

  const { layers } = await get(world, "production/svc/a", { caller, withLayers: true });

  expect(layers).toMatchObject([
    { env: "base", state: "shadowed", isHidden: true },
    { env: "development", state: "absent" },
    { env: "staging", state: "absent" },
    { env: "production", state: "winner", isHidden: false, value: "p" },
  ]);
  expect(JSON.stringify(layers)).not.toContain('"b"');
});

test("inheritance is a declared flow: who may read the key gets what it inherits", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", "b")]);

  const { entry } = await get(world, "production/svc/a", {
    caller: callerWith("viewer@production/**"),
  });

  expect(entry.value).toBe("b");
});

test("a reference that stands alone gives the type of what it leads to", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/n", 5), put("base/svc/ref", "${ref:n}")]);

  const { entry } = await get(world, "base/svc/ref");

  expect(entry).toMatchObject({ value: 5, type: "number" });
});

test("a time names the revision that was the newest then", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", "old")]);
  const timeMs = world.nowMs;
  world.nowMs += 1_000;
  await write(world, [put("base/svc/a", "new")]);

  const then = await get(world, "base/svc/a", { at: { timeMs } });
  const future = await refusal(get(world, "base/svc/a", { at: { timeMs: world.nowMs + 1 } }));

  expect(then).toMatchObject({ revision: 2, entry: { value: "old" } });
  expect(future).toMatchObject({
    reason: "INVALID_ARGUMENT",
    message: "2026-11-22T02:20:02.115Z is still to come",
  });
});

function query(path: string, over: Partial<GetEntry> = {}): GetEntry {
  return {
    caller: callerWith(),
    ref: parsePath(path),
    reveal: false,
    references: "expand",
    withLayers: false,
    isBare: false,
    ...over,
  };
}

async function get(world: World, path: string, over?: Partial<GetEntry>) {
  return await getEntry(world.deps, query(path, over));
}

async function refusal(attempt: Promise<unknown>): Promise<LlmcfgError> {
  const error = await attempt.catch((thrown: unknown) => thrown);
  if (isLlmcfgError(error)) return error;
  throw new Error("this was not refused", { cause: error });
}
