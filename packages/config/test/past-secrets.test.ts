import fc from "fast-check";
import { expect, test } from "vitest";
import { parseText } from "../src/formats/parse-text.ts";
import { placeIn } from "../src/formats/text-position.ts";
import { hideText, showText } from "../src/history/hidden-text.ts";
import { packInSteps, unpackInSteps } from "../src/history/packed-body.ts";
import { runSteps } from "../src/load/slices.ts";
import type { LayerContent } from "../src/load/source-state.ts";
import { locateOverrides } from "../src/sources/locate-overrides.ts";
import { literalSecret } from "../src/values/secret-handle.ts";
import { Child } from "./support/child.ts";
import { Folder } from "./support/folder.ts";

test("HIS-8 a version of the past has no secret as text: not what stood in a file, in an include, in a remote document, in an override, in a variable, nor what a reference led to", async () => {
  await using folder = await Folder.create();
  await using child = new Child("heap-child.ts", folder.path);

  const versions = await child.said("versions ");
  const heap = JSON.parse((await child.said("heap ")).slice("heap ".length)) as unknown;

  expect(versions).toBe("versions 8 7");
  const past = [false, false, false];
  expect(heap).toEqual({
    planted: true, // the search finds what is there
    file: [...past, true], // the text of the file that is in force
    included: [...past, true],
    remote: [...past, true],
    own: [...past, true],
    override: [...past, true],
    variable: [...past, true],
    pointer: [...past, true],
    env: [...past, false],
    secret: [...past, false],
  });
});

test("HIS-8 a text that is hidden is the same text again, halves of surrogate pairs too", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      expect(showText(hideText(text))).toBe(text);
    }),
  );
});

test("HIS-8 a body that is packed is an equal one, with the very handles, and shows none of its texts", () => {
  const secret = literalSecret("sk-canary");
  const tree = locateOverrides(
    { key: secret, again: secret, list: ["sk-planted", 1, null, true], secret: [3] },
    { kind: "override", at: "2026-11-25T12:00:00Z" },
  );
  const body: LayerContent["body"] = { type: "overrides", base: undefined, patches: [tree] };

  const packed = runSteps(packInSteps(body));

  expect(packed?.handles).toEqual([secret]);
  expect(packed?.handles[0]).toBe(secret);
  expect(Buffer.from(packed?.bytes ?? []).includes("sk-canary")).toBe(false);
  expect(packed && runSteps(unpackInSteps(packed))).toEqual(body);
});

test("HIS-8 a body of whatever size is an equal one once it is unpacked", () => {
  for (let size = 0; size < 200; size++) {
    const values = Object.fromEntries(Array.from({ length: size }, (_, i) => [`n${i}`, i]));
    const tree = locateOverrides(values, { kind: "override", at: "2026-11-25T12:00:00Z" });
    const body: LayerContent["body"] = { type: "overrides", base: undefined, patches: [tree] };
    const packed = runSteps(packInSteps(body));

    expect(packed && runSteps(unpackInSteps(packed))).toEqual(body);
  }
});

test("HIS-8 PRF-4 what is packed holds nothing of a text, and is made and unmade in steps of few objects", () => {
  const origin = { kind: "remote", url: "own:" } as const;
  const lines = Array.from({ length: 4_000 }, (_, i) => `p${i}: [sk-planted, ${i}]`);
  const options = { format: "yaml", place: placeIn(origin) } as const;
  const parsed = parseText(lines.join("\n"), options);
  if (parsed.state !== "ok") throw new Error("it is a document");
  const { tree } = parsed;
  const content = { state: "ok", tree, identity: "1", hash: "1" } as const;

  const packing = stepsOf(packInSteps({ type: "located", content }));
  if (packing.made === undefined) throw new Error("it is plain");
  const unpacking = stepsOf(unpackInSteps(packing.made));

  const body = unpacking.made;
  const again = body.type === "located" ? body.content.tree : undefined;
  const last = again?.type === "object" ? again.entries.get("p3999") : undefined;
  const name = again?.type === "object" ? again.names?.get("p3999") : undefined;
  const at = { ...origin, line: 4_000, column: 8 };
  expect(last).toMatchObject({
    type: "array",
    at,
    items: [{ value: "sk-planted" }, { value: 3_999 }],
  });
  expect(name).toEqual({ at: { ...at, column: 1 }, span: expect.anything() });
  expect(packing.steps).toBeGreaterThan(200); // of 4,000 lists with two items each
  expect(unpacking.steps).toBeGreaterThan(200);
});

test("HIS-8 what a source of one's own delivers beside plain values is kept as it is", () => {
  const at = { kind: "remote", url: "own:" } as const;
  const content = {
    state: "ok",
    tree: { type: "object", entries: new Map(), at },
    identity: "1",
    hash: "1",
    reread: { now: () => ({ tree: content.tree }), later: async () => ({ tree: content.tree }) },
  } as const;

  const body = { type: "located", content } as unknown as LayerContent["body"];
  expect(runSteps(packInSteps(body))).toBeUndefined();
});

function stepsOf<R>(work: Iterator<void, R>): { readonly steps: number; readonly made: R } {
  for (let steps = 0; ; steps++) {
    const step = work.next();
    if (step.done === true) return { steps, made: step.value };
  }
}
