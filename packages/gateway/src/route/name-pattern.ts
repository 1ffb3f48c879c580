import { compileGlob, type GlobMatcher } from "@llmcfg/config";

/**
 * Compiles a pattern for model names.
 *
 * As {@link compileGlob} has it, only faster where `*` is all that is special in it, which is how
 * nearly all of them are written: it looks for the pieces one after the other, and never goes back.
 *
 * @throws {ConfigError} `invalid_glob`
 */
export function compileNamePattern(pattern: string): GlobMatcher {
  if (/[?[\]{}\\]/.test(pattern) || !pattern.includes("*")) return compileGlob(pattern);
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop() ?? "";
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let position = first.length;
    for (const piece of others) {
      const found = text.indexOf(piece, position);
      if (found < 0) return false;
      position = found + piece.length;
    }
    return position <= text.length - last.length;
  };
}
