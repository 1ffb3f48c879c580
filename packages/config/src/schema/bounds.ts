import type * as z from "zod";
import { checksOf } from "./zod-def.ts";

/** The bounds of a number, text or list as people write them: `1–65535`, `≥ 1`, `> 0`. */
export function boundsOf(type: z.core.$ZodType): string | undefined {
  let least: string | undefined;
  let most: string | undefined;
  for (const check of checksOf(type)) {
    if (check.check === "greater_than")
      least = `${check.inclusive ? "≥" : ">"} ${String(check.value)}`;
    if (check.check === "less_than" && check.value !== Number.MAX_SAFE_INTEGER)
      most = `${check.inclusive ? "≤" : "<"} ${String(check.value)}`; // the largest says nothing
    if (check.check === "min_length") least = `≥ ${check.minimum}`;
    if (check.check === "max_length") most = `≤ ${check.maximum}`;
  }
  if (least === undefined || most === undefined) return least ?? most;
  const isRange = least.startsWith("≥ ") && most.startsWith("≤ ");
  return isRange ? `${least.slice(2)}–${most.slice(2)}` : `${least}, ${most}`;
}
