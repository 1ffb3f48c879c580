import type { Revision } from "@llmcfg/core";
import { describe, expect, test } from "vitest";
import type { Change, ConfigStore } from "../../../packages/server/src/modules/configs/ports.ts";
import { at, commitOnHead, draftOf, itemVersion } from "./drafts.ts";
import type { OpenStores } from "./opened-stores.ts";

/** What the feed of changes promises. */
export function testFeed(open: OpenStores): void {
  describe("the feed", () => {
    test("gives each commit whole, with its items in the order of the draft", async () => {
      await using stores = await open();
      const draft = draftOf(1, { key: "b", value: { x: [1] } }, { key: "a", state: "masked" });

      await stores.configs.commit("default", draft);
      await stores.configs.commit("default", { ...draftOf(2, { key: "c" }), message: undefined });

      expect(await stores.configs.changesAfter("default", 1, { limit: 10 })).toStrictEqual([
        {
          revision: 2,
          author: "user:ada",
          message: "raise the limit",
          committedAtMs: 1_000,
          items: [
            itemVersion({ key: "b", value: { x: [1] } }, 2),
            itemVersion({ key: "a", state: "masked" }, 2),
          ],
        },
        {
          revision: 3,
          author: "user:ada",
          message: undefined,
          committedAtMs: 1_000,
          items: [itemVersion({ key: "c" }, 3)],
        },
      ]);
    });

    test("goes on after a revision, as far as it is asked to, and ends at the newest", async () => {
      await using stores = await open();
      for (let n = 1; n <= 5; n++) {
        await stores.configs.commit("default", draftOf(n, { key: "a", version: n }));
      }

      const pages = await Promise.all([
        stores.configs.changesAfter("default", 0, { limit: 2 }),
        stores.configs.changesAfter("default", 3, { limit: 2 }),
        stores.configs.changesAfter("default", 3, { limit: 10 }),
        stores.configs.changesAfter("default", 6, { limit: 10 }),
        stores.configs.changesAfter("default", 60, { limit: 10 }),
      ]);

      expect(pages.map(revisionsOf)).toEqual([[2, 3], [4, 5], [4, 5, 6], [], []]);
      expect(pages.flat().every((change) => change.items.length === 1)).toBe(true);
    });

    test("LAW-03 misses none for a reader that follows it while many commit", async () => {
      await using stores = await open();
      const { configs } = stores;

      const commits = Array.from({ length: 32 }, (_, i) =>
        commitOnHead(configs, async (basis) => {
          const [newest] = await configs.history("default", at(`key-${i % 5}`), { limit: 1 });
          return draftOf(basis, { key: `key-${i % 5}`, version: (newest?.version ?? 0) + 1 });
        }),
      );
      const [seen, ...committed] = await Promise.all([follow(configs, 32), ...commits]);

      expect(seen).toEqual(Array.from({ length: 32 }, (_, i) => i + 2));
      expect(committed.toSorted((a, b) => a - b)).toEqual(seen);
    });
  });
}

function revisionsOf(changes: readonly Change[]): readonly Revision[] {
  return changes.map((change) => change.revision);
}

/** Reads the feed as it grows, until it has given `count` revisions. */
async function follow(configs: ConfigStore, count: number): Promise<readonly Revision[]> {
  const seen: Revision[] = [];
  while (seen.length < count) {
    const changes = await configs.changesAfter("default", seen.at(-1) ?? 1, { limit: 3 });
    seen.push(...revisionsOf(changes));
    await new Promise(setImmediate); // lets the commits of a store that never waits have their turn
  }
  return seen;
}
