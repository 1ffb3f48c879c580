/** JSON Patch tests: they judge the patcher here, and this judges the patches of the diff. */

import { defineSchema, type Json } from "@llmcfg/config";
import { expect, test } from "vitest";
import { z } from "zod";
import { diffConfigs } from "../../../packages/config/src/diff/diff-configs.ts";
import { DefinedSchema } from "../../../packages/config/src/schema/define-schema.ts";
import { applyJsonPatch, type PatchOperation } from "./apply-json-patch.ts";
import { readCases } from "./suite-cases.ts";

interface PatchCase {
  readonly comment?: string;
  readonly doc: Json;
  readonly patch: readonly PatchOperation[];
  readonly expected?: Json;
  readonly error?: string;
}

const schema = DefinedSchema.of(
  defineSchema({ name: "any", envPrefix: "ANY_", root: z.strictObject({ any: z.json() }) }),
);

const given = readCases("json-patch-tests") as readonly PatchCase[]; // as its README says
const cases = given.map((each, i) => {
  const { comment, error, patch } = each;
  return { ...each, name: `${i}: ${comment ?? error ?? JSON.stringify(patch)}` };
});

test.each(cases.filter(({ error }) => error === undefined))(
  "DIF-5 the patcher that judges makes of a document what the suite expects, $name",
  ({ doc, patch, expected = doc }) => {
    expect(applyJsonPatch(doc, patch)).toEqual(expected);
  },
);

test.each(cases.filter(({ error }) => error !== undefined))(
  "DIF-5 the patcher that judges refuses what the suite says is an error, $name",
  ({ doc, patch }) => {
    expect(() => applyJsonPatch(doc, patch)).toThrow(Error);
  },
);

test.each(cases.filter(({ error }) => error === undefined))(
  "DIF-5 the patch of the diff leads from the document to what is expected, and back, $name",
  ({ doc, expected = doc }) => {
    const [before, after] = [{ any: doc }, { any: expected }];

    const there = diffConfigs(before, after, schema).toJsonPatch();
    const back = diffConfigs(after, before, schema).toJsonPatch();

    expect(applyJsonPatch(before, there as readonly PatchOperation[])).toEqual(after);
    expect(applyJsonPatch(after, back as readonly PatchOperation[])).toEqual(before);
  },
);
