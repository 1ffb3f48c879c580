import { expect, test } from "vitest";
import { toBundleState } from "../../src/bundle/bundle-state.ts";
import { bundleOf } from "../support/bundles.ts";

const answerOf = (body: ReturnType<typeof bundleOf>, revision?: number) => ({
  status: 200,
  body,
  raw: "",
  etag: undefined,
  revision,
  headers: new Headers(),
});

test("LCS-2 a state is what the answer holds, as of the revision it reflects", async () => {
  const bundle = bundleOf(5, { a: 1, b: "x" });

  const state = await toBundleState(answerOf(bundle, 9));

  expect(state.bundle).toBe(bundle);
  expect(state.reflects).toBe(9);
  expect([...state.hashes.keys()]).toEqual(["a", "b"]);
});

test("without the header it reflects the revision that changed it last", async () => {
  expect((await toBundleState(answerOf(bundleOf(5, { a: 1 })))).reflects).toBe(5);
});

test("LCS-2 AGT-05 a bundle whose keys do not give its hash is refused", async () => {
  const { meta, ...rest } = bundleOf(5, { a: 1, b: 2 });
  const lost = { ...rest, meta: Object.fromEntries(Object.entries(meta).slice(1)) };

  await expect(toBundleState(answerOf(lost))).rejects.toMatchObject({ reason: "INTEGRITY_FAILED" });
});

test.each([{}, null, [], { ...bundleOf(5, {}), meta: undefined }, { ...bundleOf(5, {}), hash: 1 }])(
  "%j is no bundle",
  async (body) => {
    const state = toBundleState(answerOf(body as ReturnType<typeof bundleOf>)); // it is none

    await expect(state).rejects.toMatchObject({ reason: "INTERNAL" });
  },
);
