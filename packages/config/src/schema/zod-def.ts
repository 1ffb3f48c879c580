/**
 * The one door to zod's internals: its documented way to look at a type from a library.
 *
 * @module
 */

import type * as z from "zod";

/** The definition of any type that zod has; `type` tells them apart. */
export type ZodDef = z.core.$ZodTypes["_zod"]["def"];

export function defOf(type: z.core.$ZodType): ZodDef {
  const { _zod: internals } = type as z.core.$ZodTypes; // the union of all types there are
  return internals.def;
}

/** The definition of any check that zod has; `check` tells them apart. */
export type ZodCheckDef = z.core.$ZodChecks["_zod"]["def"];

/** What a type checks beside its shape: bounds, patterns, formats. */
export function checksOf(type: z.core.$ZodType): readonly ZodCheckDef[] {
  const checks = (defOf(type).checks ?? []) as readonly unknown[] as readonly z.core.$ZodChecks[]; // the union of all checks there are
  return checks.map(({ _zod: internals }) => internals.def);
}

/** Whether a number is whole: `z.int()` or `z.number().int()`. */
export function isInteger(def: z.core.$ZodNumberDef): boolean {
  if ("format" in def) return /int/.test(String(def.format));
  return (def.checks ?? []).some(({ _zod: internals }) => internals.def.check === "number_format");
}

/** Whether it is `z.json()`: a type that holds lists of itself. */
export function isJsonType(type: z.core.$ZodType): boolean {
  const def = defOf(type);
  if (def.type !== "lazy") return false;
  const inner = defOf(def.getter());
  if (inner.type !== "union") return false;
  const lists = inner.options.map(defOf).filter((option) => option.type === "array");
  return lists.some((list) => list.element === type);
}
