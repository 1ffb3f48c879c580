import { formatPath, type KeyRef, type ReferenceOutcome, type Resolved } from "@llmcfg/core";
import type { Effective } from "../configs/ports.ts";
import type { Showing } from "./selection-view.ts";
import type { Follow } from "./shown-key.ts";

/** A key as its resolved value shows it; `removedBy` is for who knows the commit to add. */
export function toShowing(ref: KeyRef, effective: Effective | undefined): Showing {
  if (effective === undefined) return absent(ref);
  return showing(ref, effective, effective.hash);
}

/** A key that is what its strongest layer stores. */
export function toPlainShowing(ref: KeyRef, resolved: Resolved): Showing {
  const hash = resolved.winner?.hash;
  return hash === undefined ? absent(ref) : showing(ref, resolved, hash);
}

function showing(ref: KeyRef, resolved: Resolved, hash: string): Showing {
  const { newest, isSensitive: sensitive, value, trace } = resolved;
  if (newest === undefined) return absent(ref);
  const { version } = newest;
  const layer = newest.ref.env;
  const follows = trace.references.map(toFollow);
  const key = { ref, path: formatPath(ref), version, layer, hash, sensitive, follows };
  return { ref, key, value: sensitive ? undefined : value, removedBy: undefined };
}

function absent(ref: KeyRef): Showing {
  return { ref, key: undefined, value: undefined, removedBy: undefined };
}

function toFollow({ expression, target }: ReferenceOutcome): Follow {
  return { target, kind: expression.startsWith("${secret:") ? "secret" : "ref" };
}
