import { expect, test } from "vitest";
import { type ConfigChange, changesBetween } from "../../src/connected/change.ts";
import { ChangeFeed } from "../../src/connected/change-feed.ts";

const put = (revision: number, ...keys: readonly string[]): ConfigChange => ({
  revision,
  changes: keys.map((key) => ({ key, op: "put" })),
});

test("what differs between two states is what was put and what is gone, by key", () => {
  const before = new Map([
    ["a", "1"],
    ["b", "1"],
    ["c", "1"],
  ]);
  const after = new Map([
    ["d", "1"],
    ["b", "2"],
    ["a", "1"],
  ]);

  expect(changesBetween(before, after)).toEqual([
    { key: "b", op: "put" },
    { key: "c", op: "delete" },
    { key: "d", op: "put" },
  ]);
});

test("SDK-03 each change comes once, in order, cut down to the keys that are selected", async () => {
  using feed = new ChangeFeed();
  const changes = feed.changes("inference/**");

  feed.publish(put(3, "inference/a", "other"));
  feed.publish(put(4, "other"));
  feed.publish(put(5, "inference/b/c"));

  expect(await take(changes, 2)).toEqual([put(3, "inference/a"), put(5, "inference/b/c")]);
});

test("SDK-03 readers do not wait for each other", async () => {
  using feed = new ChangeFeed();
  const [slow, quick] = [feed.changes("**"), feed.changes("**")];

  feed.publish(put(3, "a"));
  feed.publish(put(4, "b"));

  expect(await take(quick, 2)).toEqual([put(3, "a"), put(4, "b")]);
  expect(await take(slow, 2)).toEqual([put(3, "a"), put(4, "b")]);
});

test("what a slow reader has not asked for is merged beyond its limit, and no key is left out", async () => {
  using feed = new ChangeFeed();
  const changes = feed.changes("**");

  for (let i = 1; i <= 1_000; i++) feed.publish(put(i, `key-${i}`));
  const seen = await take(changes, 256);

  const last = seen.at(-1);
  expect(last?.revision).toBe(1_000);
  expect(new Set(seen.flatMap((change) => change.changes.map(({ key }) => key))).size).toBe(1_000);
  expect(seen.slice(0, 255).map(({ revision }) => revision)).toEqual(
    Array.from({ length: 255 }, (_, i) => i + 1),
  );
});

test("of a key that is merged, the end counts", async () => {
  using feed = new ChangeFeed();
  const changes = feed.changes("**");
  for (let i = 1; i <= 256; i++) feed.publish(put(i, "a"));

  feed.publish({ revision: 257, changes: [{ key: "a", op: "delete" }] });

  const seen = await take(changes, 256);
  expect(seen.at(-1)).toEqual({ revision: 257, changes: [{ key: "a", op: "delete" }] });
});

test("a listener hears each change until it is disposed", () => {
  using feed = new ChangeFeed();
  const heard: number[] = [];
  const listening = feed.listen(({ revision }) => heard.push(revision));

  feed.publish(put(3, "a"));
  listening[Symbol.dispose]();
  feed.publish(put(4, "a"));

  expect(heard).toEqual([3]);
});

test("the changes end with the feed, after what waits", async () => {
  const feed = new ChangeFeed();
  const changes = feed.changes("**");
  feed.publish(put(3, "a"));

  feed[Symbol.dispose]();

  const seen: number[] = [];
  for await (const { revision } of changes) seen.push(revision);
  expect(seen).toEqual([3]);
});

test("a selector that is none is refused at once", () => {
  using feed = new ChangeFeed();

  expect(() => feed.changes("a/**/b")).toThrow(
    expect.objectContaining({ reason: "INVALID_ARGUMENT" }),
  );
});

async function take<T>(items: AsyncIterable<T>, count: number): Promise<readonly T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}
