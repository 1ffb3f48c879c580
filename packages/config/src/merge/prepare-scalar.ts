import type { LocatedScalar } from "../sources/located.ts";
import { schemaFault } from "../validate/fault.ts";
import { checkNumber } from "./check-number.ts";
import type { ScalarTree, TreeContext } from "./tree.ts";

/** There is no canonical JSON of it, and so no checksum: RFC 8785, section 3.2.2.2. */
export const HALF_A_CHARACTER =
  "it holds half of a surrogate pair, which is no character: write the whole character";

/** A single value of a source as that of its layer; what is wrong with it is reported. */
export function prepareScalar(
  located: LocatedScalar,
  source: string,
  context: TreeContext,
): ScalarTree {
  const scalar: ScalarTree = { ...located, source };
  if (typeof scalar.value === "string" && !scalar.value.isWellFormed()) {
    const { segments, report } = context;
    const message = "the text cannot be written in UTF-8";
    const hint = HALF_A_CHARACTER;
    report(schemaFault({ code: "not_utf8", segments, message, hint, place: scalar }));
  }
  if (typeof scalar.value !== "number") return scalar;
  const isLexical = context.nodes.some((node) => node.notes.lexical === true);
  if (isLexical && scalar.lexeme !== undefined && located.isNoText !== true) {
    return { ...scalar, value: scalar.lexeme };
  }
  checkNumber(scalar, scalar.value, context);
  return scalar;
}
