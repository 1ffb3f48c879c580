import type { ItemVersion, Json } from "@llmcfg/core";
import { describe, expect, test } from "vitest";
import type { CommitDraft } from "../../../packages/server/src/modules/configs/ports.ts";
import { at, draftOf, inService, itemVersion, sealedRecord } from "./drafts.ts";
import type { OpenedStores, OpenStores } from "./opened-stores.ts";

/** What a commit promises: all of it or nothing, and one at a time. */
export function testCommits(open: OpenStores): void {
  describe("a commit", () => {
    test("takes the next revision and is found again, and so is every version before it", async () => {
      await using stores = await open();
      const { configs } = stores;

      const first = await configs.commit("default", draftOf(1, { key: "a", value: { b: [1] } }));
      const second = await configs.commit("default", draftOf(2, { key: "a", version: 2 }));

      expect([first, second]).toEqual([
        { kind: "committed", revision: 2 },
        { kind: "committed", revision: 3 },
      ]);
      expect(await configs.headRevision("default")).toBe(3);
      const old = itemVersion({ key: "a", value: { b: [1] } }, 2);
      expect(await configs.findVersion("default", at("a"), 1)).toStrictEqual(old);
      const current = await configs.currentVersions("default", { envs: ["production"] });
      expect(current).toStrictEqual([itemVersion({ key: "a", version: 2 }, 3)]);
    });

    test("keeps every member of a version as it was given", async () => {
      await using stores = await open();
      const full: ItemVersion = {
        ref: at("limits.yaml", "base", "other"),
        itemId: "a1".repeat(16),
        version: 1,
        revision: 2,
        state: "live",
        op: "import",
        stored: { kind: "sealed", sealed: "llmcfg1.AAAA" },
        hash: "hmac:ab",
        fingerprint: "deadbeef",
        type: "document",
        contentType: "application/yaml",
        sensitive: true,
        mergeMode: "replace",
        description: "how much “one” may ask",
        owner: "team-a",
        tags: ["x", "é"],
        environmentSpecific: true,
        managedBy: "terraform",
        author: "sa:deployer",
        via: "cli",
        message: "first\nsecond",
        committedAtMs: 1_763_982_000_123,
        restoredFrom: 7,
      };

      await stores.configs.commit("default", { ...draftOf(1, { key: "a" }), items: [full] });

      expect(await stores.configs.findVersion("default", full.ref, 1)).toStrictEqual(full);
    });

    test.each<[string, Json]>([
      ["null", null],
      ["a text with a zero and half a character", "a\u0000\ud800z"],
      ["members in an order of their own", { z: 1, a: { y: null, b: [] } }],
      ["a member that is called __proto__", JSON.parse('{"__proto__":{"a":1}}') as Json],
      ["large and small numbers", [1e21, 5e-324, 0.1, 9_007_199_254_740_991]],
      ["an empty text", ""],
      ["a megabyte", "é".repeat(524_288)],
    ])("keeps %s as it was given", async (_name, value) => {
      await using stores = await open();

      await stores.configs.commit("default", draftOf(1, { key: "a", value }));

      const found = await stores.configs.findVersion("default", at("a"), 1);
      const stored = found?.stored;
      const text = stored?.kind === "plain" ? JSON.stringify(stored.value) : undefined;
      expect(text).toBe(JSON.stringify(value));
    });

    test("on an older state than the newest is not written, and learns where the tenant is", async () => {
      await using stores = await open();
      await stores.configs.commit("default", draftOf(1, { key: "a" }));

      const behind = await stores.configs.commit("default", withAnswer(draftOf(1, { key: "b" })));
      const ahead = await stores.configs.commit("default", draftOf(3, { key: "b" }));

      expect([behind, ahead]).toEqual([
        { kind: "moved", head: 2 },
        { kind: "moved", head: 2 },
      ]);
      await expectUntouched(stores, { head: 2, records: 1 });
    });

    test("LAW-04 of sixteen at once on one state exactly one is written", async () => {
      await using stores = await open();

      const drafts = Array.from({ length: 16 }, (_, value) => draftOf(1, { key: "a", value }));
      const outcomes = await Promise.all(
        drafts.map((draft) => stores.configs.commit("default", draft)),
      );

      const won = outcomes.flatMap(({ kind }, i) => (kind === "committed" ? [i] : []));
      expect(won).toHaveLength(1);
      expect(outcomes.filter((o) => o.kind === "moved" && o.head === 2)).toHaveLength(15);
      const found = await stores.configs.findVersion("default", at("a"), 1);
      expect(found?.stored).toEqual({ kind: "plain", value: won[0] });
      expect(await stores.configs.findVersion("default", at("a"), 2)).toBeUndefined();
      expect(await stores.audit.size("default")).toBe(1);
    });

    test("LAW-07 writes its records at the end of the log, in their order", async () => {
      await using stores = await open();
      await stores.audit.append("default", [sealedRecord()]);
      const draft = draftOf(1, { key: "a" }, { key: "b" });

      await stores.configs.commit("default", draft);

      const records = await stores.audit.recordsFrom("default", 1, 10);
      expect(records).toStrictEqual(draft.records.map((record, i) => ({ ...record, seq: i + 1 })));
    });

    test.each<[string, (known: string) => CommitDraft]>([
      [
        "a record that is there already",
        (id) => ({
          ...draftOf(2, { key: "b", refersTo: ["a"] }, { key: "c" }),
          records: [sealedRecord(), sealedRecord({ id })],
        }),
      ],
      ["a version that comes too early", () => draftOf(2, { key: "b" }, { key: "a", version: 3 })],
      ["a version that is there already", () => draftOf(2, { key: "b" }, { key: "a" })],
      ["a first version that is not 1", () => draftOf(2, { key: "b" }, { key: "c", version: 2 })],
      ["the same item twice", () => draftOf(2, { key: "b" }, { key: "b" })],
    ])("LAW-07 LAW-08 that fails for %s leaves nothing behind", async (_name, draftWith) => {
      await using stores = await open();
      const first = draftOf(1, { key: "a" });
      await stores.configs.commit("default", first);

      const draft = withAnswer(draftWith(first.records[0]?.id ?? ""));
      const refusal = stores.configs.commit("default", draft);

      await expect(refusal).rejects.toBeInstanceOf(Error);
      await expectUntouched(stores, { head: 2, records: 1 });
      const next = await stores.configs.commit("default", draftOf(2, { key: "b" }));
      expect(next).toEqual({ kind: "committed", revision: 3 });
    });

    test("is not written once its signal has aborted", async () => {
      await using stores = await open();
      const signal = AbortSignal.abort(new Error("nobody waits"));

      const refusal = stores.configs.commit("default", draftOf(1, { key: "a" }), { signal });

      await expect(refusal).rejects.toThrow("nobody waits");
      await expectUntouched(stores, { head: 1, records: 0 });
    });

    test("stays written when its signal aborts afterwards", async () => {
      await using stores = await open();
      const waiting = new AbortController();

      await stores.configs.commit("default", draftOf(1, { key: "a" }), waiting);
      waiting.abort();

      expect(await stores.configs.headRevision("default")).toBe(2);
    });

    test("of a tenant that does not exist is refused", async () => {
      await using stores = await open();

      const refusal = stores.configs.commit("nobody", draftOf(1, { key: "a" }));

      await expect(refusal).rejects.toMatchObject({ reason: "NOT_FOUND" });
    });

    test("holds a thousand items, and so does the next one", async () => {
      await using stores = await open();
      const keys = Array.from({ length: 1_000 }, (_, i) => `key-${i}`);
      const write = (version: number) =>
        keys.map((key) => ({ key, version, refersTo: ["shared", `of-${key}`] }));

      await stores.configs.commit("default", draftOf(1, ...write(1)));
      await stores.configs.commit("default", draftOf(2, ...write(2)));

      const current = await stores.configs.currentVersions("default", { envs: ["production"] });
      expect(current).toHaveLength(1_000);
      expect(current.every((item) => item.version === 2 && item.revision === 3)).toBe(true);
      expect(await stores.configs.referrers("default", [inService("shared")])).toHaveLength(1_000);
      expect(await stores.audit.size("default")).toBe(2_000);
    }, 30_000);
  });
}

function withAnswer(draft: CommitDraft): CommitDraft {
  const answer = { requestHash: "00", status: 201, headers: {}, body: "{}", savedAtMs: Date.now() };
  return { ...draft, answer: { key: { principal: "user:ada", key: "k1" }, answer } };
}

/** That nothing of what the tests try to write, `b`, `c` and what belongs to them, is there. */
async function expectUntouched(
  { configs, audit }: OpenedStores,
  { head, records }: { readonly head: number; readonly records: number },
): Promise<void> {
  expect(await configs.headRevision("default")).toBe(head);
  expect(await audit.size("default")).toBe(records);
  expect(await audit.recordsFrom("default", 0, 10)).toHaveLength(records);
  expect(await configs.changesAfter("default", 1, { limit: 10 })).toHaveLength(head - 1);
  const current = await configs.currentVersions("default", { envs: ["production"] });
  expect(current.map((item) => [item.ref.key, item.version])).toEqual(head === 1 ? [] : [["a", 1]]);
  expect(await configs.history("default", at("b"), { limit: 10 })).toEqual([]);
  expect(await configs.referrers("default", [inService("a")])).toEqual([]);
  const key = { principal: "user:ada", key: "k1" };
  expect(await configs.findAnswer("default", key)).toBeUndefined();
}
