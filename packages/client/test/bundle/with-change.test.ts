import type { Json } from "@llmcfg/core";
import type { ChangedEvent, WatchChange } from "@llmcfg/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { BundleState } from "../../src/bundle/bundle-state.ts";
import { withChange } from "../../src/bundle/with-change.ts";
import {
  bundleOf,
  type Contents,
  ENV,
  hashOfValue,
  SERVICE,
  Sensitive,
} from "../support/bundles.ts";

type Edit = readonly [key: string, value: Json | Sensitive | undefined];

const key = fc.constantFrom("a", "b/c", "secrets/x", "\u{1f680}", "\uffff");
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).filter((v) => v !== null),
  fc.string().map((text) => new Sensitive(text)),
  fc.constant(undefined),
);
const edits = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name });

test("LAW-03 a state and its changes make the state that the server would give", () => {
  fc.assert(
    fc.property(fc.array(edits, { maxLength: 8 }), (revisions) => {
      const contents: Record<string, Json | Sensitive> = {};
      let state: BundleState | undefined = stateOf(1, contents);
      for (const [i, edited] of revisions.entries()) {
        const revision = i + 2;
        for (const [name, next] of edited as readonly Edit[]) {
          // JSON values, as generated
          if (next === undefined) delete contents[name];
          else contents[name] = next;
        }
        const given = stateOf(revision, contents);
        state =
          state &&
          withChange(state, eventOf(revision, edited as readonly Edit[]), given.bundle.hash);

        expect(state?.hashes).toEqual(given.hashes);
        expect(state?.reflects).toBe(revision);
        const { env, service, hash, values } = given.bundle;
        expect(state?.bundle).toMatchObject({ env, service, revision, hash });
        expect(state?.bundle.values).toEqual(values);
        expect(state?.bundle.redacted.toSorted()).toEqual(given.bundle.redacted.toSorted());
        expect(Object.keys(state?.bundle.meta ?? {}).toSorted()).toEqual(
          Object.keys(given.bundle.meta).toSorted(),
        );
      }
    }),
    { numRuns: 200 },
  );
});

test("LCS-1 what is changed has its new author, time, layer and revision, what is not has its old", () => {
  const state = stateOf(2, { a: 1, b: "x" });

  const next = withChange(state, eventOf(3, [["a", 2]]), "sha256:00");

  expect(next?.bundle.meta["a"]).toEqual({
    version: 7,
    revision: 3,
    layer: "base",
    type: "number",
    hash: hashOfValue(2),
    sensitive: false,
    restartRequired: false,
    updatedAt: "2026-11-22T02:21:44.020Z",
    updatedBy: "user:ada",
  });
  expect(next?.bundle.meta["b"]).toBe(state.bundle.meta["b"]);
});

test("a text that was a document is one still", () => {
  const state = stateOf(2, { "a.yaml": "x: 1" });
  const described = { ...state.bundle.meta["a.yaml"], type: "document" } as never; // but for its type
  const documented = { ...state, bundle: { ...state.bundle, meta: { "a.yaml": described } } };

  const next = withChange(documented, eventOf(3, [["a.yaml", "x: 2"]]), "sha256:00");
  const other = withChange(documented, eventOf(3, [["a.yaml", { x: 2 }]]), "sha256:00");

  expect(next?.bundle.meta["a.yaml"]?.type).toBe("document");
  expect(other?.bundle.meta["a.yaml"]?.type).toBe("object");
});

test("the state before is not touched", () => {
  const state = stateOf(2, { a: 1, b: 2 });
  const copy = structuredClone({ bundle: state.bundle, hashes: [...state.hashes] });

  withChange(
    state,
    eventOf(3, [
      ["a", 9],
      ["b", undefined],
      ["c", 1],
    ]),
    "sha256:00",
  );

  expect({ bundle: state.bundle, hashes: [...state.hashes] }).toEqual(copy);
});

test("an event without the values makes no state", () => {
  // A sensitive change has none; said to be none, it lacks it.
  const event = eventOf(3, [["a", new Sensitive("x")]]);
  const bare = event.changes.map((change) => ({ ...change, sensitive: false }));

  expect(
    withChange(stateOf(2, { a: 1 }), { ...event, changes: bare }, "sha256:00"),
  ).toBeUndefined();
});

function stateOf(revision: number, contents: Contents): BundleState {
  const bundle = bundleOf(revision, contents);
  const hashes = Object.entries(bundle.meta).map(([name, { hash }]) => [name, hash] as const);
  return { bundle, reflects: revision, hashes: new Map(hashes) };
}

function eventOf(revision: number, changed: readonly Edit[]): ChangedEvent {
  return {
    type: "config.changed",
    revision,
    at: "2026-11-22T02:21:44.020Z",
    actor: "user:ada",
    message: null,
    changes: changed.map(toChange),
  };
}

function toChange([name, next]: Edit): WatchChange {
  const place = { path: `${ENV}/${SERVICE}/${name}`, env: ENV, service: SERVICE, key: name };
  const about = { version: 7, layer: "base", restartRequired: false };
  if (next === undefined) {
    return { op: "delete", ...place, ...about, hash: null, sensitive: false };
  }
  const sensitive = next instanceof Sensitive;
  const put = { op: "put" as const, ...place, ...about, hash: hashOfValue(next), sensitive };
  return sensitive ? put : { ...put, value: next };
}
