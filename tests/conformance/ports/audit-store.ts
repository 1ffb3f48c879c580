import { describe, expect, test } from "vitest";
import type {
  AuditFilter,
  Checkpoint,
  RecordIndex,
} from "../../../packages/server/src/modules/audit/ports.ts";
import { commitOnHead, draftOf, sealedRecord } from "./drafts.ts";
import type { OpenStores } from "./opened-stores.ts";

/** What every AuditStore promises. Each engine's test runs this against the real thing. */
export function testAuditStore(name: string, open: OpenStores): void {
  describe(`${name} as an AuditStore`, () => {
    test("what was appended is read back as it was, from any index on", async () => {
      await using stores = await open();
      const { audit } = stores;
      const records = Array.from({ length: 5 }, () => sealedRecord());

      await audit.append("default", records.slice(0, 2));
      await audit.append("default", []);
      await audit.append("default", records.slice(2));

      const stored = records.map((record, seq) => ({ ...record, seq }));
      expect(await audit.size("default")).toBe(5);
      expect(await audit.recordsFrom("default", 0, 10)).toStrictEqual(stored);
      expect(await audit.recordsFrom("default", 1, 2)).toStrictEqual(stored.slice(1, 3));
      expect(await audit.recordsFrom("default", 5, 2)).toEqual([]);
      const hashes = await audit.leafHashesFrom("default", 3, 10);
      expect(hashes).toStrictEqual(records.slice(3).map((record) => record.leafHash));
    });

    test("a record is found by its id, in its tenant alone", async () => {
      await using stores = await open();
      const record = sealedRecord({ index: { ...INDEX, env: undefined, key: undefined } });

      await stores.audit.append("default", [sealedRecord(), record]);

      expect(await stores.audit.find("default", record.id)).toStrictEqual({ ...record, seq: 1 });
      expect(await stores.audit.find("default", "ev_x")).toBeUndefined();
      expect(await stores.audit.find("nobody", record.id)).toBeUndefined();
    });

    test("records that cannot be appended together are not appended at all", async () => {
      await using stores = await open();
      const known = sealedRecord();
      await stores.audit.append("default", [known]);

      const refusal = stores.audit.append("default", [sealedRecord(), known]);

      await expect(refusal).rejects.toBeInstanceOf(Error);
      expect(await stores.audit.size("default")).toBe(1);
      expect(await stores.audit.recordsFrom("default", 0, 10)).toHaveLength(1);
    });

    test("LAW-07 commits and appends at once make one order without gaps", async () => {
      await using stores = await open();
      const { audit, configs } = stores;

      const commits = Array.from({ length: 12 }, (_, i) =>
        commitOnHead(configs, (basis) => draftOf(basis, { key: `a${i}` }, { key: `b${i}` })),
      );
      const appends = Array.from({ length: 12 }, () => {
        const pair = [sealedRecord({ revision: 0 }), sealedRecord({ revision: 0 })];
        return audit.append("default", pair);
      });
      await Promise.all([...commits, ...appends]);

      const records = await audit.recordsFrom("default", 0, 100);
      expect(await audit.size("default")).toBe(48);
      expect(records.map((record) => record.seq)).toEqual(Array.from({ length: 48 }, (_, i) => i));
      const pairs = records.filter((_, i) => i % 2 === 0).map((record) => record.revision);
      expect(records.filter((_, i) => i % 2 === 1).map((r) => r.revision)).toEqual(pairs);
      const committed = pairs.filter((revision) => revision > 0);
      expect(committed).toEqual(Array.from({ length: 12 }, (_, i) => i + 2));
    });

    test("three thousand records are appended together", async () => {
      await using stores = await open();
      const records = Array.from({ length: 3_000 }, () => sealedRecord());

      await stores.audit.append("default", records);

      const hashes = await stores.audit.leafHashesFrom("default", 0, 5_000);
      expect(hashes).toStrictEqual(records.map((record) => record.leafHash));
    });

    test.each<[string, AuditFilter, readonly number[]]>([
      ["nothing", {}, [0, 1, 2, 3, 4, 5, 6]],
      ["an actor", { actor: "user:bob" }, [1, 3]],
      ["an action", { action: "secret.reveal" }, [2]],
      ["an outcome", { outcome: "denied" }, [3]],
      ["an environment", { env: "base" }, [4]],
      ["a path", { env: "production", service: "ml-service", key: "a" }, [0]],
      ["what a path begins with", { env: "production", service: "ml-service", key: "a/" }, [1, 2]],
      ["signs of a pattern, which are none", { key: "a_b/" }, [6]],
      ["a key alone", { key: "a/b" }, [1]],
      ["times, from one on and before another", { sinceMs: 2_000, untilMs: 5_000 }, [1, 2, 3, 5]],
      ["a time that no record has", { sinceMs: 9_000 }, []],
      ["everything together", { actor: "user:bob", key: "a/", sinceMs: 1, untilMs: 9_000 }, [1]],
    ])(
      "a query by %s finds what fits, page by page, from either end",
      async (_name, filter, expected) => {
        await using stores = await open();
        await stores.audit.append("default", LOG);

        const oldest = await pagesOf(stores, filter, "oldest");
        const newest = await pagesOf(stores, filter, "newest");

        expect(oldest).toEqual(expected);
        expect(newest).toEqual(expected.toReversed());
        expect(await stores.audit.query("nobody", filter, { order: "oldest", limit: 9 })).toEqual(
          [],
        );
      },
    );

    test("of checkpoints the largest counts, and none that is smaller or as large comes after it", async () => {
      await using stores = await open();
      const { audit } = stores;
      expect(await audit.findLastCheckpoint("default")).toBeUndefined();

      const kept: boolean[] = [];
      for (const size of [3, 7, 7, 5, 9]) {
        kept.push(await audit.saveCheckpoint("default", checkpoint(size, kept.length)));
      }

      expect(kept).toEqual([true, true, false, false, true]);
      expect(await audit.findLastCheckpoint("default")).toStrictEqual(checkpoint(9, 4));
      const after = await audit.checkpointsAfter("default", 3, 10);
      expect(after).toStrictEqual([checkpoint(7, 1), checkpoint(9, 4)]);
      expect(await audit.checkpointsAfter("default", 0, 2)).toHaveLength(2);
      expect(await audit.checkpointsAfter("nobody", 0, 2)).toEqual([]);
    });

    test("of checkpoints of one size that are saved at once one is kept", async () => {
      await using stores = await open();

      const saving = Array.from({ length: 16 }, (_, i) =>
        stores.audit.saveCheckpoint("default", checkpoint(4, i)),
      );
      const kept = await Promise.all(saving);

      expect(kept.filter(Boolean)).toHaveLength(1);
      const last = await stores.audit.findLastCheckpoint("default");
      expect(last).toStrictEqual(checkpoint(4, kept.indexOf(true)));
    });

    test("nothing is appended for a tenant that does not exist, or once the signal has aborted", async () => {
      await using stores = await open();
      const { audit } = stores;
      const signal = AbortSignal.abort(new Error("nobody waits"));

      const unknown = audit.append("nobody", [sealedRecord()]);
      await expect(unknown).rejects.toMatchObject({ reason: "NOT_FOUND" });
      const aborted = audit.append("default", [sealedRecord()], { signal });
      await expect(aborted).rejects.toThrow("nobody waits");

      expect(await audit.size("nobody")).toBe(0);
      expect(await audit.size("default")).toBe(0);
    });
  });
}

const INDEX: RecordIndex = {
  actor: "user:ada",
  action: "config.write",
  env: "production",
  service: "ml-service",
  key: "a",
  outcome: "allowed",
};

/** A log whose clock was set back before its last but one record. */
const LOG = [
  logged(1_000, {}),
  logged(2_000, { actor: "user:bob", key: "a/b" }),
  logged(3_000, { action: "secret.reveal", key: "a/c" }),
  logged(4_000, { actor: "user:bob", outcome: "denied", key: undefined }),
  logged(5_000, { env: "base", key: "b" }),
  logged(2_500, { env: undefined, service: undefined, key: undefined, action: "token.create" }),
  logged(6_000, { service: "other", key: "a_b/c" }),
];

function logged(atMs: number, index: Partial<RecordIndex>) {
  return sealedRecord({ atMs, index: { ...INDEX, ...index } });
}

/** The indexes of what fits, read two at a time. */
async function pagesOf(
  { audit }: Awaited<ReturnType<OpenStores>>,
  filter: AuditFilter,
  order: "newest" | "oldest",
): Promise<readonly number[]> {
  const found: number[] = [];
  for (;;) {
    const after = found.at(-1);
    const page = await audit.query("default", filter, { order, limit: 2, after });
    if (page.length === 0) return found;
    found.push(...page.map((record) => record.seq));
  }
}

function checkpoint(size: number, n: number): Checkpoint {
  const rootHash = new Uint8Array(32).fill(n);
  return { size, rootHash, note: `llmcfg/default\n${size}\n— é ${n}\n`, signedAtMs: 1_000 + n };
}
