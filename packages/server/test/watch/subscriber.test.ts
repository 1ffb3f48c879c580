import { expect, test } from "vitest";
import type { EncodedMessage } from "../../src/modules/watch/ports.ts";
import { Subscriber, type SubscriberHost } from "../../src/modules/watch/subscriber.ts";
import { JsonEncoder, RecordingSink } from "./recording-sink.ts";

test("STR-07 who falls behind by more than the bound is collapsed to one reset, and live from there", () => {
  const { subscriber, sink, resets } = open({ maxMessages: 3, maxBytes: 1_000 });
  subscriber.push(message(2));
  sink.stall();

  for (let revision = 3; revision <= 9; revision++) subscriber.push(message(revision));
  const heldBack = revisionsOf(sink);
  sink.resume();
  subscriber.push(message(10));

  // r3 is what the sink took before it said that it was behind; r4 to r6 waited, r7 was too much.
  expect(heldBack).toEqual(["config.changed 2", "config.changed 3"]);
  expect(revisionsOf(sink).slice(2)).toEqual([
    "reset 7",
    "config.changed 8",
    "config.changed 9",
    "config.changed 10",
  ]);
  expect(resets).toEqual(["slow_consumer"]);
});

test("STR-07 the bound is one of bytes too, and a second overflow has its reset in place of the first", () => {
  const { subscriber, sink } = open({ maxMessages: 100, maxBytes: 250 });
  sink.stall();

  for (let revision = 2; revision <= 9; revision++) subscriber.push(message(revision, 100));
  sink.resume();

  expect(revisionsOf(sink)).toEqual(["config.changed 2", "reset 9"]);
});

test("STR-07 who stays blocked for 30 s after the reset is closed", async () => {
  const { subscriber, sink } = open({ maxMessages: 1, maxBytes: 1_000 });
  sink.stall();
  for (let revision = 2; revision <= 4; revision++) subscriber.push(message(revision));

  for (let second = 1; second < 30; second++) subscriber.tick(second, QUIET);
  const before = subscriber.isEnded;
  subscriber.tick(30, QUIET);

  expect([before, subscriber.isEnded, sink.isClosed]).toEqual([false, true, true]);
  expect(await subscriber.ended).toBe("slow_consumer");
});

test("STR-07 who reads again within 30 s stays, and has 30 s anew when it falls behind again", () => {
  const { subscriber, sink } = open({ maxMessages: 1, maxBytes: 1_000 });
  sink.stall();
  for (let revision = 2; revision <= 4; revision++) subscriber.push(message(revision));

  subscriber.tick(29, QUIET);
  sink.resume();
  sink.stall();
  for (let revision = 5; revision <= 7; revision++) subscriber.push(message(revision));
  subscriber.tick(58, QUIET);

  expect(subscriber.isEnded).toBe(false);
});

test("a consumer that is behind is sent neither heartbeats nor pings", () => {
  const { subscriber, sink } = open({ maxMessages: 10, maxBytes: 1_000 });
  sink.stall();
  subscriber.push(message(2));

  for (let second = 1; second <= 60; second++) subscriber.tick(second, QUIET);

  expect(revisionsOf(sink)).toEqual(["config.changed 2"]);
});

test("what was queued stays in order, however often the consumer stops in between", () => {
  const { subscriber, sink } = open({ maxMessages: 100, maxBytes: 10_000 });
  sink.stall();
  for (let revision = 2; revision <= 20; revision++) subscriber.push(message(revision));

  while (sink.messages.length < 19) sink.readOne();

  const expected = Array.from({ length: 19 }, (_, i) => `config.changed ${i + 2}`);
  expect(revisionsOf(sink)).toEqual(expected);
});

test("after its end nothing is sent, and the end is told once", async () => {
  const { subscriber, sink, ended } = open({ maxMessages: 10, maxBytes: 1_000 });

  subscriber.close("draining", 5, 1_234);
  subscriber.push(message(6));
  subscriber.close("unauthenticated", 6);
  subscriber[Symbol.dispose]();

  expect(sink.events).toEqual([
    { type: "reset", reason: "draining", revision: 5, retryAfterMs: 1_234 },
  ]);
  expect([await subscriber.ended, ended.count]).toEqual(["draining", 1]);
});

function open(queueLimits: SubscriberHost["queueLimits"]) {
  const resets: string[] = [];
  const ended = { count: 0 };
  const sink = new RecordingSink();
  const host: SubscriberHost = {
    encoder: new JsonEncoder(),
    queueLimits,
    onReset: (reason) => resets.push(reason),
    onEnd: () => ended.count++,
  };
  return { subscriber: new Subscriber(host, sink, 0, 0), sink, resets, ended };
}

function message(revision: number, bytes = 10): EncodedMessage {
  const type = "config.changed" as const;
  const text = JSON.stringify({ type, revision }).padEnd(bytes);
  return { revision, type, bytes: new TextEncoder().encode(text) };
}

const QUIET = {
  heartbeatFor(): EncodedMessage {
    return { revision: 0, type: "heartbeat", bytes: new TextEncoder().encode("{}") };
  },
};

function revisionsOf(sink: RecordingSink): readonly string[] {
  return sink.messages.map(({ type, revision }) => `${type} ${revision}`);
}
