import { type ItemVersion, type KeyRef, LlmcfgError } from "@llmcfg/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at, draftOf, inService } from "./drafts.ts";
import type { OpenStores } from "./opened-stores.ts";

/** What reads of the newest state promise. */
export function testReads(open: OpenStores): void {
  describe("a read", () => {
    test("gives tombstones and masks too, ordered by service, key and the environments asked for", async () => {
      await using stores = await open();
      await stores.configs.commit(
        "default",
        draftOf(
          1,
          { key: "b" },
          { key: "a" },
          { key: "a", env: "base" },
          { key: "a", env: "staging", state: "masked" },
          { key: "c", service: "a-service" },
        ),
      );
      await stores.configs.commit(
        "default",
        draftOf(2, { key: "b", version: 2, state: "deleted" }),
      );

      const envs = ["staging", "base", "production"];
      const current = await stores.configs.currentVersions("default", { envs });

      expect(current.map(toLine)).toEqual([
        "production/a-service/c v1 live",
        "staging/ml-service/a v1 masked",
        "base/ml-service/a v1 live",
        "production/ml-service/a v1 live",
        "production/ml-service/b v2 deleted",
      ]);
    });

    test("gives what was asked for and nothing else", async () => {
      await using stores = await open();
      const { configs } = stores;
      const keys = ["a", "a/b", "a/c", "ab"];
      const others = [
        { key: "a", service: "other" },
        { key: "a", env: "base" },
      ];
      await configs.commit("default", draftOf(1, ...keys.map((key) => ({ key })), ...others));
      const envs = ["production"];
      const service = "ml-service";

      const selected = await Promise.all([
        configs.currentVersions("default", { envs, service }),
        configs.currentVersions("default", { envs, service, keys: ["ab", "a", "zz", "a"] }),
        configs.currentVersions("default", { envs, service, prefix: "a/" }),
        configs.currentVersions("default", { envs, service, prefix: "a/", keys: ["a/c", "ab"] }),
        configs.currentVersions("default", { envs, service, keys: [] }),
        configs.currentVersions("default", { envs: [], service }),
        configs.currentVersions("nobody", { envs, service }),
      ]);

      expect(selected.map((items) => items.map((item) => item.ref.key))).toEqual([
        ["a", "a/b", "a/c", "ab"],
        ["a", "ab"],
        ["a/b", "a/c"],
        ["a/c"],
        [],
        [],
        [],
      ]);
    });

    test("finds a few among more keys than a statement can bind", async () => {
      await using stores = await open();
      await stores.configs.commit(
        "default",
        draftOf(1, { key: "a" }, { key: "k-39999" }, { key: "z" }),
      );
      const keys = Array.from({ length: 40_000 }, (_, i) => `k-${i}`);

      const select = { envs: ["production"], service: "ml-service", keys: [...keys, "a"] };
      const found = await stores.configs.currentVersions("default", select);
      const referrers = await stores.configs.referrers("default", keys.map(inService));

      expect(found.map((item) => item.ref.key)).toEqual(["a", "k-39999"]);
      expect(referrers).toEqual([]);
    }, 30_000);

    test("takes a prefix byte by byte, whatever it holds", async () => {
      await using stores = await open();
      const { configs } = stores;
      const unit = fc.constantFrom(
        "a",
        "%",
        "_",
        "/",
        "A",
        "é",
        "e\u0301",
        "\ud7ff",
        "\ue000",
        "\uffff",
        "😀",
        "\u{10ffff}",
      );
      const text = fc.string({ unit, minLength: 1, maxLength: 5 });
      const keysAndPrefix = fc.record({
        keys: fc.uniqueArray(text, { minLength: 1, maxLength: 20 }),
        prefix: fc.string({ unit, maxLength: 3 }),
      });

      await fc.assert(
        fc.asyncProperty(keysAndPrefix, async ({ keys, prefix }) => {
          const basis = await configs.headRevision("default");
          const service = `service-${basis}`; // each run has one of its own
          const writes = keys.map((key) => ({ key, service }));
          await configs.commit("default", draftOf(basis, ...writes));

          const select = { envs: ["production"], service, prefix };
          const found = await configs.currentVersions("default", select);

          const expected = keys
            .filter((key) => Buffer.from(key).indexOf(Buffer.from(prefix)) === 0)
            .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
          expect(found.map((item) => item.ref.key)).toEqual(expected);
        }),
        { numRuns: 60 },
      );
    }, 30_000);

    test("is of one state while others commit: two keys that are always written together are equal", async () => {
      await using stores = await open();
      const { configs } = stores;
      const pairs = new Set<string>();
      const envs = ["production"];

      const commits = async () => {
        for (let n = 1; n <= 40; n++) {
          const writes = ["a", "b"].map((key) => ({ key, version: n, value: n }));
          await configs.commit("default", draftOf(n, ...writes));
        }
      };
      const reads = async (options: { at?: number }) => {
        while ((await configs.headRevision("default")) < 41) {
          const items = await configs.currentVersions("default", { envs }, options);
          pairs.add(JSON.stringify(items.map(({ stored }) => stored)));
        }
      };
      await Promise.all([commits(), reads({}), reads({}), reads({ at: 41 })]);

      const halves = [...pairs].filter((pair) => {
        const [a, b] = JSON.parse(pair) as unknown[];
        return JSON.stringify(a) !== JSON.stringify(b);
      });
      expect(halves).toEqual([]);
      expect(pairs.size).toBeGreaterThan(1);
    });

    test("gives the history of an item, newest first, page by page", async () => {
      await using stores = await open();
      const { configs } = stores;
      for (let n = 1; n <= 5; n++) {
        await configs.commit("default", draftOf(n, { key: "a", version: n }));
      }

      const pages = await Promise.all([
        configs.history("default", at("a"), { limit: 10 }),
        configs.history("default", at("a"), { limit: 2 }),
        configs.history("default", at("a"), { limit: 2, before: 4 }),
        configs.history("default", at("a"), { limit: 10, at: 3 }),
        configs.history("default", at("a"), { limit: 10, at: 4, before: 3 }),
        configs.history("default", at("a", "base"), { limit: 10 }),
      ]);

      expect(pages.map((page) => page.map((item) => item.version))).toEqual([
        [5, 4, 3, 2, 1],
        [5, 4],
        [3, 2],
        [2, 1],
        [2, 1],
        [],
      ]);
    });

    test("names the live items whose current value refers to a key, each once", async () => {
      await using stores = await open();
      const { configs } = stores;
      await configs.commit(
        "default",
        draftOf(
          1,
          { key: "a", refersTo: ["x", "y", "x"] },
          { key: "a", env: "base", refersTo: ["x"] },
          { key: "b", refersTo: ["x"] },
          { key: "c", refersTo: ["x"] },
          { key: "d", refersTo: ["x"] },
        ),
      );
      await configs.commit(
        "default",
        draftOf(
          2,
          { key: "b", version: 2, refersTo: ["z"] },
          { key: "c", version: 2, state: "deleted", refersTo: ["x"] },
          { key: "d", version: 2, state: "masked" },
        ),
      );

      const to = (...keys: string[]) => configs.referrers("default", keys.map(inService));

      expect(paths(await to("x", "y"))).toEqual(["base/ml-service/a", "production/ml-service/a"]);
      expect(paths(await to("z"))).toEqual(["production/ml-service/b"]);
      expect(await to("%")).toEqual([]);
      expect(await to()).toEqual([]);
      expect(await configs.referrers("default", [{ service: "other", key: "x" }])).toEqual([]);
    });

    test("gives the services that have a live item in one of the environments, sorted", async () => {
      await using stores = await open();
      const { configs } = stores;
      const items = [
        { key: "a", service: "b-service" },
        { key: "b", service: "b-service" },
        { key: "a", service: "a-service" },
        { key: "a", service: "base-service", env: "base" },
        { key: "a", service: "masked-service", state: "masked" as const },
      ];
      await configs.commit("default", draftOf(1, ...items));
      const gone = { key: "a", service: "a-service", version: 2, state: "deleted" as const };
      await configs.commit("default", draftOf(2, gone));

      const services = await Promise.all([
        configs.services("default", ["production"]),
        configs.services("default", ["base", "production"]),
        configs.services("default", ["production"], { at: 2 }),
        configs.services("default", ["production"], { at: 1 }),
        configs.services("default", []),
        configs.services("nobody", ["production"]),
      ]);

      expect(services).toEqual([
        ["b-service"],
        ["b-service", "base-service"],
        ["a-service", "b-service"],
        [],
        [],
        [],
      ]);
    });

    test("rejects with the reason of its signal", async () => {
      await using stores = await open();
      const { configs } = stores;
      const reason = new LlmcfgError("DEADLINE_EXCEEDED", "too late", {});
      const signal = AbortSignal.abort(reason);

      const reads = await Promise.allSettled([
        configs.headRevision("default", { signal }),
        configs.currentVersions("default", { envs: ["base"] }, { signal }),
        configs.history("default", at("a"), { limit: 1, signal }),
        configs.changesAfter("default", 1, { limit: 1, signal }),
      ]);

      expect(reads.map((read) => read.status === "rejected" && read.reason === reason)).toEqual(
        reads.map(() => true),
      );
    });

    test("of a tenant that does not exist finds nothing, but its revision is refused", async () => {
      await using stores = await open();
      const { configs } = stores;

      const refusal = configs.headRevision("nobody");

      await expect(refusal).rejects.toMatchObject({ reason: "NOT_FOUND" });
      expect(await configs.environments("nobody")).toEqual([]);
      expect(await configs.findVersion("nobody", at("a"), 1)).toBeUndefined();
      expect(await configs.history("nobody", at("a"), { limit: 1 })).toEqual([]);
      expect(await configs.changesAfter("nobody", 0, { limit: 1 })).toEqual([]);
      expect(await configs.findRevisionAt("nobody", Date.now() + 1_000)).toBeUndefined();
    });
  });
}

function toLine({ ref, version, state }: ItemVersion): string {
  return `${ref.env}/${ref.service}/${ref.key} v${version} ${state}`;
}

function paths(refs: readonly KeyRef[]): readonly string[] {
  return refs.map(({ env, service, key }) => `${env}/${service}/${key}`).toSorted();
}
