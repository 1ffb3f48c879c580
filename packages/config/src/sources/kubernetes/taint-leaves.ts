import { ConfigError } from "../../errors.ts";
import { plainPosition, plainSpan } from "../../formats/text-position.ts";
import { ownText } from "../../history/text-delta.ts";
import { isStep, type Steps } from "../../load/slices.ts";
import { parseReferences } from "../../references/reference.ts";
import { secretDefaultOf } from "../../references/secret-default.ts";
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
 *
 * Nothing of the tree holds the text that it was read from: positions are by themselves.
 */
export function* taintInSteps(tree: LocatedObject): Steps<TaintedTree> {
  const findings: Finding[] = [];
  const tainted = yield* taintObject(tree, findings);
  return findings.length === 0 ? { state: "ok", tree: tainted } : { state: "malformed", findings };
}

function* taint(located: Located, findings: Finding[]): Steps<Located> {
  switch (located.type) {
    case "scalar":
      return taintScalar(located, findings);
    case "array": {
      const items: Located[] = [];
      for (const item of located.items) {
        items.push(yield* taint(item, findings));
        if (isStep(items.length)) yield;
      }
      return { ...located, ...placeOf(located), items };
    }
    case "object":
      return yield* taintObject(located, findings);
  }
}

function* taintObject(located: LocatedObject, findings: Finding[]): Steps<LocatedObject> {
  const entries = new Map<string, Located>();
  for (const [name, value] of located.entries) {
    entries.set(name, NAMING.has(name) ? detached(value) : yield* taint(value, findings));
    if (isStep(entries.size)) yield;
  }
  return { ...located, ...placeOf(located), entries, names: namesOf(located) };
}

/** Members that speak about names: the operator, and what editors look at. */
const NAMING: ReadonlySet<string> = new Set(["$unset", "$schema"]);

function taintScalar(scalar: LocatedScalar, findings: Finding[]): LocatedScalar {
  const { value, lexeme } = scalar;
  const place = placeOf(scalar);
  if (value === null) return detachedScalar(scalar);
  if (typeof value !== "string") return secretAt(lexeme ?? String(value), place);
  try {
    const [part, second] = parseReferences(value);
    if (part?.type === "text" && second === undefined) return secretAt(part.text, place);
    const hasDefault = part?.type === "reference" && secretDefaultOf(part.reference) !== undefined;
    if (second === undefined && !hasDefault) return detachedScalar(scalar);
    const message = hasDefault
      ? "a reference in a Secret has secret text as its default: write the text, or the reference alone"
      : "a reference stands beside secret text";
    findings.push(malformed(place.at, "embedded_reference", message));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    findings.push(malformed(place.at, error.code, error.message));
  }
  return secretAt("", place);
}

/** Holds the text in the handle alone. */
function secretAt(text: string, place: Place): LocatedScalar {
  const secret = literalSecret(text);
  return { type: "scalar", value: secret.reference, secret, ...place };
}

/** What names things: as it is, by itself. */
function detached(located: Located): Located {
  const place = placeOf(located);
  switch (located.type) {
    case "scalar":
      return detachedScalar(located);
    case "array":
      return { ...located, ...place, items: located.items.map(detached) };
    case "object": {
      const entries = [...located.entries].map(([name, value]) => [name, detached(value)] as const);
      return { ...located, ...place, entries: new Map(entries), names: namesOf(located) };
    }
  }
}

function detachedScalar(scalar: LocatedScalar): LocatedScalar {
  const { value, lexeme } = scalar;
  const own = typeof value === "string" ? ownText(value) : value;
  return { ...scalar, ...placeOf(scalar), value: own, lexeme: lexeme && ownText(lexeme) };
}

type Place = Pick<Located, "at" | "span">;

function placeOf({ at, span }: Place): Place {
  return { at: plainPosition(at), span: span && plainSpan(span) };
}

function namesOf({ names }: LocatedObject): ReadonlyMap<string, Place> | undefined {
  return names && new Map([...names].map(([name, place]) => [name, placeOf(place)] as const));
}
