import { expect, test } from "vitest";
import { parseWatchEvent } from "../../src/watch/parse-event.ts";

test("the events of the interface are read as they are", () => {
  const heartbeat = { type: "heartbeat", revision: 2, hash: "sha256:00" };
  const reset = { type: "reset", reason: "slow_consumer", revision: 9, retryAfterMs: 0 };
  const changes = [
    { op: "put", key: "a", hash: "sha256:00" },
    { op: "delete", key: "b", hash: null },
  ];
  const changed = {
    type: "config.changed",
    revision: 3,
    at: "x",
    actor: "y",
    message: null,
    changes,
  };

  for (const event of [heartbeat, reset, changed, { ...changed, type: "config.deleted" }]) {
    expect(parseWatchEvent(JSON.stringify(event))).toEqual(event);
  }
});

test("STR-01 a type of a later version is passed over", () => {
  expect(parseWatchEvent('{"type":"rollout.updated","id":"ro_1"}')).toBeUndefined();
});

test.each([
  "",
  "{",
  "[]",
  "null",
  '{"type":"heartbeat","revision":2}',
  '{"type":"heartbeat","revision":"2","hash":"x"}',
  '{"type":"reset","revision":2}',
  '{"type":"config.changed","revision":2}',
  '{"type":"config.changed","revision":2,"changes":[{"op":"put","key":"a"}]}',
  '{"type":"config.changed","revision":2,"changes":[{"op":"move","key":"a","hash":"x"}]}',
  '{"type":"config.changed","revision":2,"changes":[{"op":"put","key":"__proto__","hash":"x"}]}',
])("%s is refused, and not quoted", (text) => {
  const read = () => parseWatchEvent(text);

  expect(read).toThrow("the stream holds something that is no event");
});
