import type { Json, KeyRef } from "@llmcfg/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draftOf, type Write } from "./drafts.ts";
import type { OpenStores } from "./opened-stores.ts";

/** What reads of a past state promise. */
export function testTimeTravel(open: OpenStores): void {
  describe("a read of the past", () => {
    test("gives what was current at the revision", async () => {
      await using stores = await open();
      const { configs } = stores;
      await configs.commit("default", draftOf(1, { key: "a" }, { key: "b" }));
      await configs.commit("default", draftOf(2, { key: "a", version: 2, state: "deleted" }));
      await configs.commit("default", draftOf(3, { key: "a", version: 3 }, { key: "c" }));

      const current = [1, 2, 3, 4, 9].map((at) =>
        configs.currentVersions("default", { envs: ["production"] }, { at }),
      );

      const lines = (await Promise.all(current)).map((items) =>
        items.map(
          ({ ref, version, state }) => `${ref.key}${version}${state === "live" ? "" : "-"}`,
        ),
      );
      expect(lines).toEqual([
        [],
        ["a1", "b1"],
        ["a2-", "b1"],
        ["a3", "b1", "c1"],
        ["a3", "b1", "c1"],
      ]);
    });

    test("finds the newest revision of an instant, also where the clock was set back", async () => {
      await using stores = await open();
      const { configs } = stores;
      for (const [i, committedAtMs] of [1_000, 3_000, 2_000].entries()) {
        const draft = draftOf(i + 1, { key: "a", version: i + 1 });
        await configs.commit("default", { ...draft, committedAtMs });
      }

      const revisions = [999, 1_000, 1_999, 2_000, 3_000, Date.now()].map((atMs) =>
        configs.findRevisionAt("default", atMs),
      );

      expect(await Promise.all(revisions)).toEqual([undefined, 2, 2, 4, 4, 4]);
    });

    test("finds revision 1 from the creation of the tenant on", async () => {
      await using stores = await open();

      const before = await stores.configs.findRevisionAt("default", 1_000);
      const after = await stores.configs.findRevisionAt("default", Date.now() + 1_000);

      expect([before, after]).toEqual([undefined, 1]);
    });

    test("finds the environments that a new tenant has, in the order of inheritance", async () => {
      await using stores = await open();

      const environments = await stores.configs.environments("default");

      expect(environments).toStrictEqual([
        environment("base", [], undefined, false),
        environment("development", ["dev"], "base", false),
        environment("staging", ["stg"], "development", false),
        environment("production", ["prod"], "staging", true),
      ]);
      expect(await stores.configs.environments("default", { at: 1 })).toEqual(environments);
      expect(await stores.configs.environments("default", { at: 0 })).toEqual([]);
    });

    test("agrees with a model, whatever was committed in whatever order", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(someCommit, { maxLength: 12 }), async (commits) => {
          await using stores = await open();
          const { configs } = stores;
          const model: Written[][] = [[]]; // by revision, from 1 on

          for (const edits of commits) {
            const written = edits.map((edit) => follow(model.flat(), edit));
            await configs.commit("default", draftOf(model.length, ...written));
            model.push(written);
          }

          for (let at = 1; at <= model.length; at++) {
            const past = model.slice(0, at).flat();
            const found = await configs.currentVersions("default", { envs: ENVS }, { at });
            expect(found.map(toWritten)).toEqual(currentOf(past));
          }
          const newest = await configs.currentVersions("default", { envs: ENVS });
          expect(newest.map(toWritten)).toEqual(currentOf(model.flat()));
          for (const { env, key } of currentOf(model.flat())) {
            const ref: KeyRef = { env, service: "ml-service", key };
            const history = await configs.history("default", ref, { limit: 100 });
            const all = model.flat().filter((w) => w.env === env && w.key === key);
            expect(history.map(toWritten)).toEqual(all.toReversed());
          }
        }),
        { numRuns: 25 },
      );
    }, 30_000);
  });
}

const ENVS = ["base", "production"];

/** A write whose members are all there. */
interface Written extends Write {
  readonly env: string;
  readonly version: number;
  readonly value: Json;
  readonly state: "live" | "deleted" | "masked";
}

const someEdit = fc.record({
  env: fc.constantFrom(...ENVS),
  key: fc.constantFrom("a", "b", "c/d"),
  state: fc.constantFrom("live" as const, "live" as const, "deleted" as const, "masked" as const),
  value: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>, // it makes nothing else
});

const someCommit = fc.uniqueArray(someEdit, {
  minLength: 1,
  maxLength: 4,
  selector: ({ env, key }) => `${env}/${key}`,
});

/** The edit as the next version of its item. */
function follow(past: readonly Written[], edit: Omit<Written, "version">): Written {
  const before = past.filter(({ env, key }) => env === edit.env && key === edit.key);
  const value = edit.state === "live" ? (JSON.parse(JSON.stringify(edit.value)) as Json) : null;
  return { ...edit, value, version: before.length + 1 };
}

function currentOf(past: readonly Written[]): readonly Written[] {
  const newest = new Map(past.map((write) => [`${write.key} ${ENVS.indexOf(write.env)}`, write]));
  return [...newest].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, write]) => write);
}

function toWritten(item: {
  readonly ref: KeyRef;
  readonly version: number;
  readonly state: Written["state"];
  readonly stored: { readonly kind: string; readonly value?: Json };
}): Written {
  const { ref, version, state, stored } = item;
  return { env: ref.env, key: ref.key, version, state, value: stored.value ?? null };
}

function environment(
  name: string,
  aliases: readonly string[],
  inherits: string | undefined,
  isProtected: boolean,
) {
  return { name, aliases, inherits, protected: isProtected, description: undefined };
}
