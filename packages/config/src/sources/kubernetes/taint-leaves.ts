import { ConfigError } from "../../errors.ts";
import { parseReferences } from "../../references/reference.ts";
import type { Finding } from "../../validate/finding.ts";
import { literalSecret } from "../../values/secret-handle.ts";
import type { Located, LocatedObject, LocatedScalar } from "../located.ts";
import { malformed } from "../remote/remote-failure.ts";

/** A tree without plaintext, or why there is none. */
export type TaintedTree =
  | { readonly state: "ok"; readonly tree: LocatedObject }
  | { readonly state: "malformed"; readonly findings: readonly Finding[] };

/**
 * The tree of a document that is secret as a whole: every leaf a handle of what stood there (K8S-5,
 * TNT-1). Names of members stay, and so does what names rather than holds a secret: references, and
 * the arguments of `$unset`. `null` says nothing, and stays too.
 */
export function taintLeaves(tree: LocatedObject): TaintedTree {
  const findings: Finding[] = [];
  const tainted = taintObject(tree, findings);
  return findings.length === 0 ? { state: "ok", tree: tainted } : { state: "malformed", findings };
}

function taint(located: Located, findings: Finding[]): Located {
  switch (located.type) {
    case "scalar":
      return taintScalar(located, findings);
    case "array":
      return { ...located, items: located.items.map((item) => taint(item, findings)) };
    case "object":
      return taintObject(located, findings);
  }
}

function taintObject(located: LocatedObject, findings: Finding[]): LocatedObject {
  const entries = [...located.entries].map(([name, value]) => {
    return [name, NAMING.has(name) ? value : taint(value, findings)] as const;
  });
  return { ...located, entries: new Map(entries) };
}

/** Members that speak about names: the operator, and what editors look at. */
const NAMING: ReadonlySet<string> = new Set(["$unset", "$schema"]);

function taintScalar(scalar: LocatedScalar, findings: Finding[]): LocatedScalar {
  const { value, lexeme, at, span } = scalar;
  if (value === null) return scalar;
  if (typeof value !== "string") return secretAt(lexeme ?? String(value), { at, span });
  try {
    const [part, second] = parseReferences(value);
    if (part?.type === "text" && second === undefined) return secretAt(part.text, { at, span });
    if (second === undefined) return scalar;
    findings.push(malformed(at, "embedded_reference", "a reference stands beside secret text"));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    findings.push(malformed(at, error.code, error.message));
  }
  return secretAt("", { at, span });
}

/** Holds the text in the handle alone. */
function secretAt(text: string, place: Pick<LocatedScalar, "at" | "span">): LocatedScalar {
  const secret = literalSecret(text);
  return { type: "scalar", value: secret.reference, secret, ...place };
}
