/** Texts in quotes, comments, and brackets, as YAML, TOML and JSON have them at their plainest. */
const PARTS = /"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#.*|[[\]{}]/g;

/**
 * Where brackets are first nested more than this deep below the top level, for a text that no parser
 * could go through to its end; 0 where that is not seen. O(length), without recursion.
 */
export function whereNested(text: string, maxDepth: number): number {
  let depth = /^\s*[[{]/.test(text) ? -1 : 0; // brackets around all are the top level itself
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    if (part === "]" || part === "}") depth--;
    if (part === "[" || part === "{") depth++;
    if (depth > maxDepth) return index;
  }
  return 0;
}
