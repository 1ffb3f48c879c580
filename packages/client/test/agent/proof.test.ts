import { expect, test } from "vitest";
import { LastProof } from "../../src/agent/proof.ts";
import { HeldRuntime } from "../support/held-runtime.ts";

const HOUR = 60 * 60 * 1_000;

test("AGT-07 a state is fresh while it is proven, then stale, then expired", () => {
  const runtime = new HeldRuntime();
  const proof = new LastProof(runtime, 24 * HOUR);
  proof.renew("stream");

  const states = [0, 60_000, 1, 23 * HOUR, HOUR].map((ms) => {
    runtime.advance(ms);
    return proof.freshness;
  });
  proof.renew("poll");

  expect(states).toEqual(["FRESH", "FRESH", "STALE", "STALE", "EXPIRED"]);
  expect([proof.freshness, proof.source, proof.ageMs]).toEqual(["FRESH", "poll", 0]);
});

test("AGT-04 a state from disk is stale from the start, and as old as it was saved", () => {
  const runtime = new HeldRuntime();
  const proof = new LastProof(runtime, 24 * HOUR);

  proof.fromDisk(runtime.nowMs() - 5 * HOUR);

  expect([proof.freshness, proof.source, proof.ageMs]).toEqual(["STALE", "disk", 5 * HOUR]);
  runtime.advance(20 * HOUR);
  expect(proof.freshness).toBe("EXPIRED");
});

test("N7 a state that was saved in the future is not older than nothing", () => {
  const runtime = new HeldRuntime();
  const proof = new LastProof(runtime, HOUR);

  proof.fromDisk(runtime.nowMs() + 5 * HOUR);

  expect([proof.freshness, proof.ageMs]).toEqual(["STALE", 0]);
});
