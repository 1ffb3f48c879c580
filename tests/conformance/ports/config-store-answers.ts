import { describe, expect, test } from "vitest";
import type { StoredAnswer } from "../../../packages/server/src/modules/configs/ports.ts";
import { draftOf } from "./drafts.ts";
import type { OpenStores } from "./opened-stores.ts";

const DAY_MS = 86_400_000;

/** What is promised of the answers that are kept for repetitions of a request. */
export function testAnswers(open: OpenStores): void {
  describe("an answer", () => {
    test("API-04 is found under its key, and under no other", async () => {
      await using stores = await open(clockAt(1_000));
      const { configs } = stores;
      const answer = answered("first", 1_000);

      await configs.saveAnswer("default", KEY, answer);

      expect(await configs.findAnswer("default", KEY)).toStrictEqual(answer);
      expect(await configs.findAnswer("default", { ...KEY, principal: "u" })).toBeUndefined();
      expect(await configs.findAnswer("default", { ...KEY, key: "k" })).toBeUndefined();
      expect(await configs.findAnswer("nobody", KEY)).toBeUndefined();
    });

    test("API-04 that was the first under its key stays", async () => {
      await using stores = await open(clockAt(1_000));

      await stores.configs.saveAnswer("default", KEY, answered("first", 1_000));
      await stores.configs.saveAnswer("default", KEY, answered("second", 1_001));

      expect(await stores.configs.findAnswer("default", KEY)).toMatchObject({ body: "first" });
    });

    test("API-04 is given for 24 hours and then makes room for another", async () => {
      const clock = { now: 1_000, nowMs: () => clock.now };
      await using stores = await open(clock);
      const { configs } = stores;
      await configs.saveAnswer("default", KEY, answered("first", 1_000));

      clock.now = 1_000 + DAY_MS;
      const onTheDot = await configs.findAnswer("default", KEY);
      clock.now += 1;
      const tooLate = await configs.findAnswer("default", KEY);
      await configs.saveAnswer("default", KEY, answered("second", clock.now));

      expect(onTheDot).toMatchObject({ body: "first" });
      expect(tooLate).toBeUndefined();
      expect(await configs.findAnswer("default", KEY)).toMatchObject({ body: "second" });
    });

    test("API-04 is kept with the commit that it answers", async () => {
      await using stores = await open(clockAt(1_000));
      const answer = answered("created", 1_000);

      const draft = { ...draftOf(1, { key: "a" }), answer: { key: KEY, answer } };
      const outcome = await stores.configs.commit("default", draft);

      expect(outcome).toEqual({ kind: "committed", revision: 2 });
      expect(await stores.configs.findAnswer("default", KEY)).toStrictEqual(answer);
    });

    test("API-04 that is there already keeps a commit under the same key from being written", async () => {
      await using stores = await open(clockAt(1_000));
      const { configs } = stores;
      await configs.saveAnswer("default", KEY, answered("refused", 1_000));

      const answer = answered("created", 1_000);
      const draft = { ...draftOf(1, { key: "a" }), answer: { key: KEY, answer } };
      const refusal = configs.commit("default", draft);

      await expect(refusal).rejects.toMatchObject({ reason: "IDEMPOTENCY_IN_PROGRESS" });
      expect(await configs.headRevision("default")).toBe(1);
      expect(await stores.audit.size("default")).toBe(0);
      expect(await configs.findAnswer("default", KEY)).toMatchObject({ body: "refused" });
    });

    test("API-04 whose time is over does not stand in the way of a commit", async () => {
      await using stores = await open(clockAt(2_000 + DAY_MS));
      await stores.configs.saveAnswer("default", KEY, answered("old", 1_000));

      const answer = answered("created", 2_000 + DAY_MS);
      const draft = { ...draftOf(1, { key: "a" }), answer: { key: KEY, answer } };
      const outcome = await stores.configs.commit("default", draft);

      expect(outcome.kind).toBe("committed");
      expect(await stores.configs.findAnswer("default", KEY)).toStrictEqual(answer);
    });
  });
}

const KEY = { principal: "user:ada", key: "k1 %_é" };

function answered(body: string, savedAtMs: number): StoredAnswer {
  const headers = { etag: '"a"', "config-revision": "2" };
  return { requestHash: "ab".repeat(32), status: 201, headers, body, savedAtMs };
}

function clockAt(nowMs: number) {
  return { nowMs: () => nowMs };
}
