import type { Json } from "@llmcfg/core";
import type { Duration } from "../values/duration.ts";
import type { SecretRef } from "../values/secret-ref.ts";

/** The configuration as it is handed out: no member of it can be assigned. */
export type DeepReadonly<T> = T extends Duration | SecretRef
  ? T
  : T extends (...args: never[]) => unknown
    ? T
    : T extends readonly (infer E)[]
      ? readonly DeepReadonly<E>[]
      : T extends object
        ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
        : T;

/** Any part of a configuration, in document form: what overrides are written in. */
export type DeepPartial<T> = T extends Duration | SecretRef
  ? T | string
  : T extends readonly (infer E)[]
    ? readonly DeepPartial<E>[] | ListPatch
    : T extends object
      ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
      : T;

/** Stands in place of a list and changes the one below it. */
export type ListPatch = {
  readonly [op in "$merge" | "$append" | "$prepend" | "$replace" | "$unset"]?: Json;
};

/**
 * When a changed value takes effect: `hot` at the swap; `drain` for new connections and requests,
 * old ones finish on the old value; `restart` when the process restarts.
 */
export type ReloadClass = "hot" | "drain" | "restart";

/** For example `providers[openai].weight`; the grammar is in `paths/config-path.ts`. */
export type ConfigPath = string;
