import { formatPath, isLlmcfgError, type Json, LlmcfgError, parsePath } from "@llmcfg/core";
import { describe, expect, test } from "vitest";
import { NO_PRECONDITION, type Operation } from "../../src/modules/configs/change-set.ts";
import { commitChangeSet } from "../../src/modules/configs/commit-change-set.ts";
import {
  callerWith,
  changeSet,
  openWorld,
  put,
  remove,
  TENANT,
  valueAt,
  type World,
  withMethods,
  write,
} from "./open-world.ts";

const HEX = "[0-9a-f]{64}";

describe("what a put makes of an item", () => {
  test("API-17 POST keeps what is not given, PUT resets it to its default", async () => {
    const world = openWorld();
    const about = {
      description: "which model",
      tags: ["llm"],
      owner: "ml",
      environmentSpecific: true,
    };
    await write(world, [put("base/svc/a", 1, { about })]);

    await write(world, [put("base/svc/a", 2)]);
    const appended = await newest(world, "base/svc/a");
    await write(world, [put("base/svc/a", 3, { mode: "replace" })]);
    const replaced = await newest(world, "base/svc/a");

    expect(appended).toMatchObject({ version: 2, ...about });
    expect(replaced).toMatchObject({ version: 3, tags: [], environmentSpecific: false });
    expect([replaced?.description, replaced?.owner]).toEqual([undefined, undefined]);
  });

  test("API-17 an equal PUT changes nothing and makes no revision", async () => {
    const world = openWorld();
    await write(world, [put("base/svc/a", { b: 1, c: [true] })]);

    const equal = { c: [true], b: 1 };
    const result = await write(world, [put("base/svc/a", equal, { mode: "replace" })]);

    expect(result).toMatchObject({ revision: 2, isChanged: false });
    expect(result.writes).toMatchObject([
      { version: 1, revision: 2, isUnchanged: true, effects: [] },
    ]);
    expect(await world.deps.store.headRevision(TENANT)).toBe(2);
  });

  test.each([
    ["base/svc/a", "text", "string", undefined, "replace"],
    ["base/svc/a", 1.5, "number", undefined, "replace"],
    ["base/svc/a", false, "boolean", undefined, "replace"],
    ["base/svc/a", [1], "array", undefined, "replace"],
    ["base/svc/a", { b: 1 }, "object", undefined, "merge"],
    ["base/svc/a", null, "object", undefined, "merge"],
    ["base/svc/a.yaml", "b: 1\n", "document", "application/yaml", "replace"],
    ["base/svc/a.json", "{}", "document", "application/json", "replace"],
    ["base/svc/a.json", { b: 1 }, "object", undefined, "merge"],
    ["base/svc/a.rules", "x", "document", "application/yaml", "replace"],
    ["base/svc/a.toml", "b = 1", "document", "application/toml", "replace"],
  ] as const)(
    "the type of %s = %j follows from key and value: %s",
    async (path, value: Json, type, contentType, mergeMode) => {
      const world = openWorld();

      await write(world, [put(path, value)]);

      const item = await newest(world, path);
      expect(item).toMatchObject({ type, mergeMode });
      expect(item?.contentType).toBe(contentType);
    },
  );

  test("LAW-29 null, zero, false and the empty string are values", async () => {
    const world = openWorld();
    const values: readonly Json[] = [null, 0, false, ""];
    await write(world, [put("base/svc/a", "weaker")]);

    for (const value of values) {
      await write(world, [put("production/svc/a", value)]);
      expect(await valueAt(world, "production/svc/a")).toBe(value);
    }
  });

  test.each([
    [{ type: "number" }, "text", "TYPE_MISMATCH"],
    [{ type: "binary" }, "not base64!", "TYPE_MISMATCH"],
    [{ contentType: "text/plain" }, "text", "CONTRADICTION"],
    [{ type: "document", contentType: "no type" }, "text", "CONTRADICTION"],
    [{ mergeMode: "merge" }, "text", "CONTRADICTION"],
    [{ tags: Array.from({ length: 33 }, String) }, "text", "TOO_LONG"],
  ] as const)("a put with %j and %j is refused as %s", async (about, value, code) => {
    const world = openWorld();

    const error = await refusal(write(world, [put("base/svc/a", value, { about })]));

    expect(error).toMatchObject({
      reason: "RULE_VIOLATION",
      details: { errors: [{ code, pointer: "" }] },
    });
    expect(await world.deps.store.headRevision(TENANT)).toBe(1);
  });
});

describe("what is sensitive", () => {
  test("a key below a segment named secrets is sealed, whatever the write says", async () => {
    const world = openWorld();

    await write(world, [put("base/svc/secrets/key", "s3cr3t")]);
    const cleared = write(world, [
      put("base/svc/secrets/key", "s3cr3t", { about: { sensitive: false } }),
    ]);

    const item = await newest(world, "base/svc/secrets/key");
    expect(item).toMatchObject({ sensitive: true, stored: { kind: "sealed" } });
    expect(JSON.stringify(item)).not.toContain("s3cr3t");
    expect(item?.hash).toMatch(new RegExp(`^hmac:${HEX}$`));
    await expect(cleared).rejects.toMatchObject({ reason: "RULE_VIOLATION" });
  });

  test("the mark is sticky: over new versions, deletes and environments, until it is cleared", async () => {
    const world = openWorld();
    await write(world, [put("base/svc/a", "1", { about: { sensitive: true } })]);

    await write(world, [put("staging/svc/a", "2")]);
    await write(world, [remove("staging/svc/a")]);
    await write(world, [put("staging/svc/a", "3", { mode: "replace" })]);
    const sticky = await newest(world, "staging/svc/a");
    await write(world, [put("staging/svc/a", "4", { about: { sensitive: false } })]);
    const cleared = await newest(world, "staging/svc/a");

    expect(sticky).toMatchObject({ version: 3, sensitive: true, stored: { kind: "sealed" } });
    expect(cleared).toMatchObject({ sensitive: false, stored: { kind: "plain", value: "4" } });
  });

  test("setting and clearing it needs secret:write, and that is enough", async () => {
    const world = openWorld();
    await write(world, [put("base/svc/a", "1", { about: { sensitive: true } })]);
    const editor = callerWith("editor");
    const writer = callerWith("secret-writer");

    const byEditor = [
      write(world, [put("base/svc/a", "2")], { caller: editor }),
      write(world, [put("base/svc/a", "2", { about: { sensitive: false } })], { caller: editor }),
      write(world, [put("base/svc/b", "2", { about: { sensitive: true } })], { caller: editor }),
    ];
    for (const attempt of byEditor) {
      await expect(attempt).rejects.toMatchObject({
        reason: "POLICY_DENIED",
        details: { permission: "secret:write" },
      });
    }
    const result = await write(world, [put("base/svc/a", "2")], { caller: writer });

    expect(result.writes).toMatchObject([{ version: 2, isSensitive: true }]);
  });

  test("each version is sealed anew, and equal values of an item have one hash", async () => {
    const world = openWorld();
    await write(world, [put("base/svc/secrets/a", "same")]);
    const first = await newest(world, "base/svc/secrets/a");

    await write(world, [put("base/svc/secrets/a", "same")]);
    const second = await newest(world, "base/svc/secrets/a");
    const unchanged = await write(world, [
      put("base/svc/secrets/a", "same", { onlyIfChanged: true }),
    ]);

    expect(second?.stored).not.toEqual(first?.stored);
    expect(second?.hash).toBe(first?.hash);
    expect(unchanged.isChanged).toBe(false);
  });
});

describe("the rules", () => {
  test("KEY_IS_FOLDER a key cannot be a folder in any environment that a write reaches", async () => {
    const world = openWorld();
    await write(world, [put("production/svc/a/b", 1)]);

    const above = await refusal(write(world, [put("base/svc/a", 1)]));
    await write(world, [put("staging/svc/x", 1)]);
    const below = await refusal(write(world, [put("production/svc/x/y/z", 1)]));
    const both = await refusal(write(world, [put("base/svc/n", 1), put("base/svc/n/m", 1)]));

    expect(above).toMatchObject({
      reason: "RULE_VIOLATION",
      message: "base/svc/a: production/svc/a cannot be a key and the folder of a/b",
      details: { errors: [{ code: "KEY_IS_FOLDER", pointer: "" }] },
    });
    expect(below).toMatchObject({ details: { errors: [{ code: "KEY_IS_FOLDER" }] } });
    expect(both.message).toBe("base/svc/n/m: base/svc/n cannot be a key and the folder of n/m");
  });

  test("KEY_IS_FOLDER a key may take the place of a folder in one commit, and of a masked key", async () => {
    const world = openWorld();
    await write(world, [put("base/svc/a/b", 1), put("base/svc/m", 1)]);

    await write(world, [remove("base/svc/a/b"), put("base/svc/a", 2)]);
    await write(world, [remove("staging/svc/m", "mask"), put("staging/svc/m/n", 2)]);

    expect(await valueAt(world, "production/svc/a")).toBe(2);
    expect(await valueAt(world, "production/svc/m/n")).toBe(2);
    expect(await valueAt(world, "development/svc/m")).toBe(1);
  });

  test("a reference must lead somewhere in every environment that is reached", async () => {
    const world = openWorld();
    await write(world, [put("production/svc/host", "db")]);

    const dangling = await refusal(write(world, [put("base/svc/url", { to: "${ref:host}" })]));
    const ok = await write(world, [put("production/svc/url", { to: "${ref:host}" })]);
    const fallback = await write(world, [put("base/svc/other", "${ref:host:-local}")]);

    expect(dangling).toMatchObject({
      reason: "DANGLING_REFERENCE",
      details: {
        errors: ["base", "development", "staging"].map((env) => ({
          code: "DANGLING_REFERENCE",
          pointer: "/to",
          detail: `${env}/svc/host does not exist: url → host`,
        })),
      },
    });
    expect(ok.isChanged).toBe(true);
    expect(fallback.isChanged).toBe(true);
    expect(await valueAt(world, "base/svc/other")).toBe("local");
    expect(await valueAt(world, "production/svc/other")).toBe("db");
  });

  test("references in a circle are refused, also where the circle is closed from the other side", async () => {
    const world = openWorld();
    await write(world, [put("base/svc/b", 1), put("base/svc/a", "${ref:b}")]);

    const error = await refusal(write(world, [put("base/svc/b", "${ref:a}")]));

    expect(error).toMatchObject({ reason: "REFERENCE_CYCLE" });
  });

  test("what others refer to cannot be taken away, but with those that refer to it", async () => {
    const world = openWorld();
    await write(world, [put("base/svc/host", "db"), put("base/svc/url", "x${ref:host}")]);

    const deleted = await refusal(write(world, [remove("base/svc/host")]));
    const masked = await refusal(write(world, [remove("production/svc/host", "mask")]));
    const together = await write(world, [remove("base/svc/host"), remove("base/svc/url")]);

    expect(deleted).toMatchObject({
      reason: "DEPENDENTS_EXIST",
      details: {
        dependents: ["base", "development", "staging", "production"].map((env) => `${env}/svc/url`),
      },
    });
    expect(masked).toMatchObject({ details: { dependents: ["production/svc/url"] } });
    expect(together.isChanged).toBe(true);
  });

  test("a reference to what the author may not know of looks like one that leads nowhere", async () => {
    const world = openWorld();
    await write(world, [put("base/other/hidden", "x"), put("base/svc/here", "y")]);
    const caller = callerWith("editor@*/svc/**");

    const hidden = await refusal(
      write(world, [put("base/svc/a", "${ref://other/hidden}")], { caller }),
    );
    const missing = await refusal(
      write(world, [put("base/svc/a", "${ref://other/missing}")], { caller }),
    );

    expect(hidden).toMatchObject({ reason: "DANGLING_REFERENCE" });
    expect(hidden.message.replaceAll("hidden", "missing")).toBe(missing.message);
  });

  test.each([
    ["VALUE_TOO_LARGE", [put("base/svc/a", "x".repeat(1_048_576))]],
    ["VALUE_TOO_LARGE", Array.from({ length: 1_001 }, (_, i) => put(`base/svc/a${i}`, i))],
    ["INVALID_ARGUMENT", [put("base/svc/a", 1), put("base/svc/a", 2)]],
    ["INVALID_KEY", [put("base/svc/a//b", 1)]],
    ["ENV_NOT_FOUND", [put("prodution/svc/a", 1)]],
    ["KEY_NOT_FOUND", [remove("base/svc/nothing")]],
    ["KEY_NOT_FOUND", [remove("base/svc/nothing", "mask")]],
  ] as const)("%s is said of what cannot be carried out", async (reason, operations) => {
    const world = openWorld();

    const error = await refusal(write(world, operations));

    expect(error.reason).toBe(reason);
  });
});

describe("effects", () => {
  test("API-21 a change is seen wherever it is inherited and not pinned, and by those that refer to it", async () => {
    const world = openWorld();
    await write(world, [
      put("base/svc/host", "a"),
      put("staging/svc/host", "pinned"),
      put("base/svc/url", "${ref:host}:80"),
      put("base/other/link", "${ref://svc/url}/"),
    ]);

    const result = await write(world, [put("base/svc/host", "b")]);

    const effects = result.writes[0]?.effects ?? [];
    expect(effects.map((effect) => [formatPath(effect), effect.inherited, effect.change])).toEqual([
      ["base/svc/host", false, "update"],
      ["base/other/link", false, "update"],
      ["base/svc/url", false, "update"],
      ["development/svc/host", true, "update"],
      ["development/other/link", true, "update"],
      ["development/svc/url", true, "update"],
    ]);
    expect(effects.every(({ via }) => via === "base")).toBe(true);
  });

  test("API-21 leaves of a merged object reach through, an equal value reaches nothing", async () => {
    const world = openWorld();
    await write(world, [
      put("base/svc/model", { name: "small", heat: 1 }),
      put("production/svc/model", { name: "large" }),
    ]);

    const leaf = await write(world, [put("base/svc/model", { name: "small", heat: 2 })]);
    const covered = await write(world, [put("base/svc/model", { name: "tiny", heat: 2 })]);
    const equal = await write(world, [put("base/svc/model", { name: "tiny", heat: 2 })]);

    const envs = (index: typeof leaf) => index.writes[0]?.effects.map(({ env }) => env);
    expect(envs(leaf)).toEqual(["base", "development", "staging", "production"]);
    expect(envs(covered)).toEqual(["base", "development", "staging"]);
    expect(envs(equal)).toEqual([]);
    expect(await valueAt(world, "production/svc/model")).toEqual({ name: "large", heat: 2 });
  });

  test("in a batch each effect belongs to the operation that brings it about", async () => {
    const world = openWorld();

    const result = await write(world, [put("base/svc/a", 1), put("staging/svc/a", 2)]);

    expect(result.writes.map(({ effects }) => effects.map(({ env, via }) => [env, via]))).toEqual([
      [
        ["base", "base"],
        ["development", "base"],
      ],
      [
        ["staging", "staging"],
        ["production", "staging"],
      ],
    ]);
  });

  test("environments that the caller may not list are counted, not named", async () => {
    const world = openWorld();
    const caller = callerWith("editor@base/**", "editor@development/**");
    await write(world, [put("production/svc/a", "pinned")]);

    const result = await write(world, [put("base/svc/a", 1)], { caller });

    expect(result.writes[0]?.effects.map(({ env }) => env)).toEqual(["base", "development"]);
    expect(result.writes[0]?.effectsHidden).toBe(1);
  });

  test("LAW-12 only what is inherited has to be confirmed, and pinning it makes that needless", async () => {
    const world = openWorld();
    const unconfirmed = { isConfirmed: false };

    const refused = await refusal(write(world, [put("staging/svc/a", 1)], unconfirmed));
    await write(world, [put("production/svc/a", 0)], unconfirmed);
    const pinned = await write(world, [put("staging/svc/a", 1)], unconfirmed);
    const expected = { ...NO_PRECONDITION, ifVersion: 1 };
    const removal = { ...remove("production/svc/a"), expected };
    const removed = await write(world, [removal], unconfirmed);

    expect(refused).toMatchObject({ reason: "BLAST_RADIUS", details: { effectsHidden: 0 } });
    expect(pinned.isChanged).toBe(true);
    expect(removed.writes).toMatchObject([{ nowInherits: { layer: "staging", version: 1 } }]);
  });

  test("LAW-12 taking away what a protected environment inherits has to be confirmed too", async () => {
    const world = openWorld();
    await write(world, [put("base/svc/a", 1)]);

    const refused = await refusal(write(world, [remove("base/svc/a")], { isConfirmed: false }));

    expect(refused.message).toBe("production/svc/a would be removed through base");
  });
});

describe("what is recorded", () => {
  test("LAW-07 each item of a commit has one event, with the hashes of before and after", async () => {
    const world = openWorld();
    await write(world, [put("base/svc/a", 1)]);

    const message = "new key";
    await write(world, [put("base/svc/a", 2), put("base/svc/secrets/k", "s")], { message });

    const [, config, secret] = world.prepared;
    const sha = expect.stringMatching(new RegExp(`^sha256:${HEX}$`)) as string;
    expect(config).toMatchObject({
      action: "config.write",
      path: "base/svc/a",
      outcome: "allowed",
      revision: 3,
      decidedBy: ["bnd_0"],
      details: {
        change: sha,
        // SHA-256 of the texts 1, 2 and "new key"
        fromHash: "sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
        toHash: "sha256:d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35",
        message: "sha256:812d43bf64caed9edac6955625540c4efd73b32e33d1ab3538bdb437fa44779e",
        previousVersion: 1,
        version: 2,
      },
    });
    expect(secret).toMatchObject({
      action: "secret.write",
      details: { fromHash: null, previousVersion: null, version: 1 },
    });
    expect(secret?.details["toHash"]).toMatch(new RegExp(`^hmac:${HEX}$`));
    expect(secret?.details["change"]).toBe(config?.details["change"]);
    const { items } = world.changes[1] ?? { items: [] };
    expect(items).toHaveLength(2);
    expect(await world.stores.audit.size(TENANT)).toBe(3);
  });

  test("X22 the details of a plain write have exactly six members", async () => {
    const world = openWorld();

    await write(world, [put("production/svc/a", 1)]);

    expect(Object.keys(world.prepared[0]?.details ?? {}).toSorted()).toEqual([
      "change",
      "fromHash",
      "message",
      "previousVersion",
      "toHash",
      "version",
    ]);
  });

  test("a confirmed reach is named in the record", async () => {
    const world = openWorld();

    await write(world, [put("base/svc/a", 1)]);

    expect(world.prepared[0]?.details).toMatchObject({ confirmed: true, reached: ["production"] });
  });

  test.each([
    ["config.write", put("base/svc/a", 2)],
    ["config.delete", remove("base/svc/a")],
    ["config.mask", remove("production/svc/a", "mask")],
    ["config.rollback", rollBack("base/svc/a")],
  ] as const)("%s is the action of its operation", async (action, operation) => {
    const world = openWorld();
    await write(world, [put("base/svc/a", 1)]);

    await write(world, [operation]);

    expect(world.prepared[1]).toMatchObject({ action });
  });

  test("a refusal after authorisation is a failed event, one before it a denied one", async () => {
    const world = openWorld();
    await write(world, [put("base/svc/a", 1)]);
    const expected = { ...NO_PRECONDITION, ifVersion: 7 };

    await refusal(write(world, [put("base/svc/b", 1), put("base/svc/a", 2, { expected })]));
    await refusal(write(world, [put("base/svc/a", 2)], { isConfirmed: false }));
    await refusal(write(world, [put("base/svc/a", 2)], { caller: callerWith("viewer") }));
    await refusal(write(world, [put("base/svc/a", 2)], { caller: callerWith("editor@base/**") }));

    expect(world.recorded).toMatchObject([
      { outcome: "failed", reason: "ETAG_MISMATCH", path: "base/svc/a", revision: 2, details: {} },
      { outcome: "failed", reason: "BLAST_RADIUS", path: "base/svc/a" },
      { outcome: "denied", reason: "POLICY_DENIED", path: "base/svc/a" },
      { outcome: "denied", reason: "POLICY_DENIED", path: "production/svc/a" },
    ]);
    expect(world.recorded).toHaveLength(4);
  });

  test("a refusal that cannot be recorded is answered as such", async () => {
    const world = openWorld();
    const unavailable = new LlmcfgError("AUDIT_UNAVAILABLE", "the log is full", { retryAfter: 1 });
    const recorder = { ...world.deps.recorder, record: () => Promise.reject(unavailable) };
    const caller = callerWith("viewer");

    const attempt = commitChangeSet(
      { ...world.deps, recorder },
      changeSet([put("base/svc/a", 1)], { caller }),
    );

    await expect(attempt).rejects.toBe(unavailable);
  });
});

describe("one after the other", () => {
  test("LAW-04 of many concurrent writes that expect one version exactly one succeeds", async () => {
    const world = openWorld();
    const expected = { ...NO_PRECONDITION, ifVersion: 0 };

    const results = await Promise.allSettled(
      Array.from({ length: 16 }, (_, i) => write(world, [put("base/svc/a", i, { expected })])),
    );

    const refusals = results.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(refusals).toHaveLength(15);
    expect(refusals.every((error) => isLlmcfgError(error, "ETAG_MISMATCH"))).toBe(true);
  });

  test("listeners have heard of a commit when it is acknowledged, in order and without gaps", async () => {
    const world = openWorld();

    const results = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const { revision } = await write(world, [put(`base/svc/a${i}`, i)]);
        return { revision, heard: world.changes.some((change) => change.revision === revision) };
      }),
    );

    expect(results.every(({ heard }) => heard)).toBe(true);
    expect(world.changes.map(({ revision }) => revision)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("where others came first everything is checked again", async () => {
    let others = 0;
    const world: World = openWorld((store) =>
      withMethods(store, {
        commit: async (tenant, draft, options) => {
          if (others++ === 0) {
            const item = draft.items[0];
            if (item === undefined) throw new TypeError("there is nothing to write");
            const stored = { kind: "plain", value: "theirs" } as const;
            await store.commit(tenant, { ...draft, items: [{ ...item, stored }] });
          }
          return await store.commit(tenant, draft, options);
        },
      }),
    );
    const expected = { ...NO_PRECONDITION, ifVersion: 0 };

    const repeated = await write(world, [put("base/svc/a", "ours")]);
    others = 0;
    const stale = await refusal(write(world, [put("base/svc/b", "ours", { expected })]));

    expect(repeated.writes).toMatchObject([
      { version: 2, revision: 3, previous: { layer: "base", version: 1 }, isCreated: false },
    ]);
    expect(stale).toMatchObject({ reason: "ETAG_MISMATCH", details: { current: { version: 1 } } });
  });

  test("a write that others always overtake gives up, and says that nothing was written", async () => {
    const world = openWorld((store) =>
      withMethods(store, {
        commit: async (tenant) => ({ kind: "moved", head: await store.headRevision(tenant) }),
      }),
    );

    const error = await refusal(write(world, [put("base/svc/a", 1)]));

    expect(error).toMatchObject({ reason: "STORE_UNAVAILABLE", details: { retryAfter: 1 } });
  });
});

test("warnings name credentials in plain keys and names that not every tool can use", async () => {
  const world = openWorld();

  const result = await write(world, [
    put("base/svc/a", { key: "sk-abcdefghijklmnopqrstuvwxyz" }),
    put("base/svc/my key", 1),
    put("base/svc/secrets/k", "sk-abcdefghijklmnopqrstuvwxyz"),
  ]);

  expect(
    result.writes.map(({ warnings }) => warnings.map(({ code, pointer }) => [code, pointer])),
  ).toEqual([[["LOOKS_SENSITIVE", "/key"]], [["KEY_STYLE", ""]], []]);
});

function rollBack(path: string): Operation {
  return {
    op: "rollback",
    ref: parsePath(path),
    expected: NO_PRECONDITION,
    to: { kind: "previous" },
  };
}

async function refusal(attempt: Promise<unknown>): Promise<LlmcfgError> {
  const error = await attempt.catch((thrown: unknown) => thrown);
  if (isLlmcfgError(error)) return error;
  throw new Error("the write was not refused", { cause: error });
}

async function newest({ deps }: World, path: string) {
  const [item] = await deps.store.history(TENANT, parsePath(path), { limit: 1 });
  return item;
}
