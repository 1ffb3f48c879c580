import { expect, test } from "vitest";
import { Backoff } from "../../src/backoff.ts";
import { watchLoop } from "../../src/sources/remote/watch-loop.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { until } from "../support/until.ts";

test("WAT-10 a watch is not alive after a connection without an answer, and is again with the next answer", async () => {
  const clock = new ManualClock();
  const told: boolean[] = [];
  let runs = 0;
  const runsOf = ["answers, then breaks", "refused", "refused", "answers and stays"] as const;
  await using _loop = watchLoop({
    run: async (signal, healthy) => {
      const what = runsOf[runs++];
      if (what === "refused") throw new Error("connection refused");
      healthy();
      if (what === "answers, then breaks") throw new Error("connection reset");
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    },
    alive: (isAlive) => told.push(isAlive),
    backoff: new Backoff({ random: () => 0 }),
    clock,
    aborted: new AbortController().signal,
  });

  for (const count of [1, 2, 3]) {
    await until(`run ${count}`, () => runs >= count);
    await until("the wait", () => clock.pending > 0);
    clock.advance(600_000);
  }
  await until("the last run", () => runs === 4);

  expect(told).toEqual([true, false, false, true]);
});
