import type { KeyRef } from "../key-ref.ts";
import type {
  LookUp,
  ReferenceFault,
  Resolved,
  ResolveOptions,
  ResolveResult,
  ServiceKey,
} from "./layers.ts";
import { type Fault, idOf, type ReadValue } from "./read-value.ts";
import { Reading } from "./reading.ts";
import { TOO_DEEP } from "./reference-follower.ts";

/**
 * The effective value of a key in an environment, with the trace of how it came about.
 *
 * First the layers are laid over each other: the strongest item wins, a mask hides what is weaker,
 * and objects in merge mode let weaker objects show through, leaf by leaf. Then the references in
 * the result are followed, each in the same environment and by the same rules. Sensitive items,
 * documents and binaries never merge; in the text of documents and binaries nothing is expanded.
 *
 * Pure: equal answers of `lookUp` give equal results. Every key is looked up at most once and
 * expanded at most once, so the cost is linear in the layers that are looked at.
 *
 * @param lookUp may know less than all: then the result names every key that is missing so far,
 *   and a call that knows those comes further
 */
export function resolveKey(
  ref: KeyRef,
  lookUp: LookUp,
  options: ResolveOptions = {},
): ResolveResult {
  const reading = new Reading(ref.env, lookUp, options);
  const read = reading.read(ref);
  const { missing } = reading;
  if (missing.length > 0) return { kind: "incomplete", missing };
  return { kind: "resolved", resolved: toResolved(ref, read, reading) };
}

function toResolved(ref: KeyRef, read: ReadValue, reading: Reading): Resolved {
  const { winner, newest, isMerged, isComposed, layers, leaves } = read.overlay;
  const { references, dependencies } = reading;
  return {
    ref,
    winner,
    newest,
    isMerged,
    isSensitive: read.isSensitive,
    isComposed: isComposed || read.isExpanded,
    value: read.value,
    faults: read.faults.map((fault) => toReferenceFault(ref, fault, reading)),
    trace: { layers, leaves, references, dependencies },
  };
}

function toReferenceFault(ref: KeyRef, fault: Fault, reading: Reading): ReferenceFault {
  const chain = chainOf(ref, fault, reading).map((id) => nameFor(ref, id));
  const { code, pointer, cause } = fault;
  return { code, pointer, detail: chain.length > 1 ? `${cause}: ${chain.join(" → ")}` : cause };
}

/** Ids of the keys from `start` to where the fault lies; the last one repeats where they circle. */
function chainOf(start: ServiceKey, fault: Fault, reading: Reading): readonly string[] {
  const chain = [idOf(start)];
  let { next } = fault;
  while (next !== undefined) {
    const isCircle = chain.includes(next);
    chain.push(next);
    if (isCircle) break;
    const read = reading.find(next);
    const [below] = read?.faults ?? [];
    next = below?.next ?? (fault.cause === TOO_DEEP ? read?.deepest : undefined);
  }
  return chain;
}

/** As a reference of `reader` would have it: a key, or `//service/key`. */
function nameFor(reader: ServiceKey, id: string): string {
  const own = `${reader.service}/`;
  return id.startsWith(own) ? id.slice(own.length) : `//${id}`;
}
