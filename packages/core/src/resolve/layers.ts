/**
 * What the resolver works on and what it says: the layers of a key, and the trace of how one value
 * won.
 *
 * @module
 */

import type { ItemVersion, Version } from "../commit.ts";
import type { Json, JsonPointer } from "../json.ts";
import type { KeyRef } from "../key-ref.ts";

/** A key of a service, in whichever environment. */
export interface ServiceKey {
  readonly service: string;
  readonly key: string;
}

/** What one environment holds at a key. */
export interface Layer {
  readonly env: string;
  /** Live or masked; `undefined` where the environment says nothing. */
  readonly item: ItemVersion | undefined;
  /** The plaintext, where it is at hand: `undefined` for a mask and for a value that is sealed. */
  readonly value: Json | undefined;
}

/** The layers of one key along the chain of an environment, weakest first. */
export type Layers = readonly Layer[];

/** What became of a layer. `partial`: it gives some leaves of a merged object. */
export type LayerState = "absent" | "shadowed" | "partial" | "winner" | "mask";

export interface LayerOutcome {
  readonly env: string;
  readonly state: LayerState;
  readonly item: ItemVersion | undefined;
  readonly value: Json | undefined;
}

/** Where one leaf of a merged object came from. */
export interface LeafOutcome {
  readonly pointer: JsonPointer;
  readonly layer: string;
  readonly version: Version;
  /** Weaker layers that gave the leaf too, weakest first. */
  readonly shadowed: readonly string[];
}

/** A reference that was followed, in the order met. */
export interface ReferenceOutcome {
  /** As written: `${ref:db-url}`. */
  readonly expression: string;
  readonly target: KeyRef;
  readonly version: Version | undefined;
  readonly sensitive: boolean;
  readonly found: boolean;
}

/** The one record behind explain, invalidation, blast radius and "who uses this". */
export interface LayerTrace {
  /** One for each environment of the chain, weakest first. */
  readonly layers: readonly LayerOutcome[];
  /** Of objects merged from more than one layer; else empty. Sorted by pointer. */
  readonly leaves: readonly LeafOutcome[];
  readonly references: readonly ReferenceOutcome[];
  /** Every key that was looked at, the absent ones and the key itself too; each once. */
  readonly dependencies: readonly ServiceKey[];
}

/** Why a value cannot be given. */
export interface ReferenceFault {
  readonly code: "DANGLING_REFERENCE" | "REFERENCE_CYCLE" | "RULE_VIOLATION";
  /** Where in the value the reference stands. */
  readonly pointer: JsonPointer;
  /** Names the chain: `a → b → a`. */
  readonly detail: string;
}

/** The result of resolving a key in an environment. */
export interface Resolved {
  readonly ref: KeyRef;
  /** The strongest layer that gave something; `undefined` where the key does not exist here. */
  readonly winner: ItemVersion | undefined;
  /** The contributor with the highest revision: its version and revision are the entry's. */
  readonly newest: ItemVersion | undefined;
  /** Whether leaves of more than one layer are in the value. */
  readonly isMerged: boolean;
  /** Whether the winner is sensitive, or a sensitive value was referenced. */
  readonly isSensitive: boolean;
  /** Whether the value differs from what the winner alone stores: merged, or references expanded. */
  readonly isComposed: boolean;
  /**
   * The effective value. `undefined` where the key does not exist, where a sealed value would be
   * needed that is not at hand, and where a reference is at fault.
   */
  readonly value: Json | undefined;
  readonly faults: readonly ReferenceFault[];
  readonly trace: LayerTrace;
}

export interface ResolveOptions {
  /** `keep` leaves references as text, so the value is what the layers hold. */
  readonly references?: "expand" | "keep";
  /**
   * Whether a reference to the key may be followed for this reader; else it stays unresolved.
   * Default: every one.
   */
  readonly mayFollow?: (target: KeyRef, kind: "ref" | "secret") => boolean;
}

/** Gives the layers of a key in the chain of the environment read; `undefined`: not loaded yet. */
export type LookUp = (key: ServiceKey) => Layers | undefined;

/** Either the result, or what has to be loaded before there can be one. */
export type ResolveResult =
  | { readonly kind: "resolved"; readonly resolved: Resolved }
  | { readonly kind: "incomplete"; readonly missing: readonly ServiceKey[] };
