import { expect, test } from "vitest";
import type { Change } from "../../src/modules/configs/ports.ts";
import { ChangeFeed } from "../../src/modules/watch/change-feed.ts";

test("a hint that is the next commit is handed on without a read", async () => {
  const table = new Table(3);
  await using feed = await table.open();
  const seen = follow(feed);

  feed.committed("default", table.add());
  feed.committed("default", table.add());

  expect(seen).toEqual([4, 5]);
  expect(table.reads).toBe(0);
});

test("LAW-03 hints that are lost, doubled, late or out of order: each commit comes once, in order", async () => {
  const table = new Table(1);
  await using feed = await table.open();
  const seen = follow(feed);
  const [second, third, fourth, fifth] = [table.add(), table.add(), table.add(), table.add()];

  feed.committed("default", third);
  feed.committed("default", second);
  feed.committed("default", second);
  feed.committed("other", fourth);
  feed.committed("default", fifth);
  await feed.settled();

  expect(seen).toEqual([2, 3, 4, 5]);
});

test("what no hint told of is found when the table is looked at, page after page", async () => {
  const table = new Table(1);
  await using feed = await table.open();
  const seen = follow(feed);
  for (let i = 0; i < 600; i++) table.add();

  await feed.refresh();

  expect(seen).toEqual(Array.from({ length: 600 }, (_, i) => i + 2));
});

test("a poll finds what no hint told of, and goes on after a read that failed", async () => {
  const table = new Table(1);
  await using feed = await table.open({ pollMs: 1 });
  const arrived = Promise.withResolvers<void>();
  using _ = feed.subscribe(({ revision }) => revision === 3 && arrived.resolve());

  table.isAway = true;
  table.add();
  await table.nextFailure();
  table.isAway = false;
  table.add();
  await arrived.promise;

  expect(feed.revision).toBe(3);
});

test("a feed that was closed hands nothing on", async () => {
  const table = new Table(1);
  const feed = await table.open();
  const seen = follow(feed);

  await feed[Symbol.asyncDispose]();
  feed.committed("default", table.add());
  await feed.settled();

  expect(seen).toEqual([]);
});

/** The table of changes, of which every read is counted. */
class Table {
  readonly #changes: Change[] = [];
  readonly #first: number;
  reads = 0;
  isAway = false;
  #onFailure: () => void = () => {};

  constructor(head: number) {
    this.#first = head + 1;
  }

  add(): Change {
    const revision = this.#first + this.#changes.length;
    const about = { author: "user:ada", message: undefined, committedAtMs: 0 };
    const change: Change = { revision, ...about, items: [] };
    this.#changes.push(change);
    return change;
  }

  async open({ pollMs = 3_600_000 } = {}): Promise<ChangeFeed> {
    const store = {
      headRevision: async () => this.#first - 1,
      changesAfter: async (_: string, after: number, { limit }: { readonly limit: number }) => {
        if (this.isAway) throw new Error("the store is away");
        this.reads++;
        return this.#changes.filter(({ revision }) => revision > after).slice(0, limit);
      },
    };
    return await ChangeFeed.open("default", { store, pollMs, onFailure: () => this.#onFailure() });
  }

  async nextFailure(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onFailure = resolve;
    await promise;
  }
}

function follow(feed: ChangeFeed): readonly number[] {
  const seen: number[] = [];
  feed.subscribe(({ revision }) => seen.push(revision));
  return seen;
}
