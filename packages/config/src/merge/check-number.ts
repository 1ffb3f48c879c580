import { schemaFault } from "../validate/fault.ts";
import type { ScalarTree, TreeContext } from "./tree.ts";

const NUMERIC: ReadonlySet<string> = new Set(["int", "number", "size", "decimal"]);

/** What is wrong with a number that JavaScript would change; nothing for all others. */
export function numberFault(
  value: number,
  lexeme: string | undefined,
): { readonly code: string; readonly message: string; readonly hint?: string } | undefined {
  if (!Number.isFinite(value)) return { code: "not_finite", message: "the number is not finite" };
  const isWhole = lexeme === undefined ? Number.isInteger(value) : /^[-+]?[0-9_]+$/.test(lexeme);
  if (!isWhole || Number.isSafeInteger(value)) return undefined;
  const hint = "the largest whole number is 9007199254740991; write a longer one as text";
  const message = "the whole number is too large to be exact";
  return { code: "unsafe_integer", message, hint };
}

/** Reports a number that JavaScript would change, and one that people read in two ways. */
export function checkNumber(scalar: ScalarTree, value: number, context: TreeContext): void {
  const { lexeme } = scalar;
  const { segments, report } = context;
  const refuse = (code: string, message: string, hint?: string) =>
    report(schemaFault({ code, segments, message, hint, place: scalar }));

  const fault = numberFault(value, lexeme);
  if (fault !== undefined) refuse(fault.code, fault.message, fault.hint);
  const isNumeric = context.nodes.some(({ kind }) => NUMERIC.has(kind));
  if (isNumeric && lexeme !== undefined && /^[-+]?0[0-9]+$/.test(lexeme)) {
    const hint = `write ${value}, or 0o${lexeme.replace(/^[-+]?0+/, "")} if it is octal`;
    refuse("ambiguous_integer", `${lexeme} begins with zero`, hint);
  }
}
