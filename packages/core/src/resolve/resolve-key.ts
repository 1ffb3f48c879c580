import type { KeyRef } from "../key-ref.ts";
import type { LookUp, ResolveOptions, ResolveResult } from "./layers.ts";

/** Skeleton: the signature the others build on. */
export function resolveKey(
  _ref: KeyRef,
  _lookUp: LookUp,
  _options: ResolveOptions = {},
): ResolveResult {
  throw new TypeError("not written yet");
}
