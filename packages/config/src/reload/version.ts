import type { HistoryEntry } from "../history/history.ts";
import type { KeptOrigin } from "../history/kept-origin.ts";
import type { AcceptedValue, Candidate } from "../load/candidate.ts";
import type { Snapshot } from "../notify/notification.ts";
import type { DeepReadonly } from "../schema/config-types.ts";
import type { Finding } from "../validate/finding.ts";
import type { EffectiveConfig } from "./effective.ts";
import type { Trigger } from "./trigger.ts";

/** What a configuration was made of: enough to explain it, and to make it again. */
export type Origin<T> = Pick<
  Candidate<T>,
  "states" | "layers" | "merged" | "tree" | "ignored" | "expansions" | "backends"
>;

/** One accepted configuration. */
export interface Version<T> {
  readonly snapshot: Snapshot<T>;
  readonly effective: EffectiveConfig<DeepReadonly<T>>;
  readonly origin: Origin<T>;
  readonly entry: HistoryEntry;
  /** What was found about it that did not keep it from being accepted. */
  readonly warnings: readonly Finding[];
}

/** A version of the past. */
export interface KeptVersion<T> extends Omit<Version<T>, "origin"> {
  readonly origin: KeptOrigin<T>;
}

export interface VersionAbout {
  readonly number: number;
  readonly acceptedAtMs: number;
  readonly trigger: Trigger;
  readonly actor: string | undefined;
}

export function createSnapshot<T>(
  config: DeepReadonly<T>,
  { label, checksum }: AcceptedValue<T>,
  { number, acceptedAtMs }: VersionAbout,
): Snapshot<T> {
  return { config, version: number, label, checksum, acceptedAt: new Date(acceptedAtMs) };
}

export function createEntry<T>(
  { document, label, checksum }: AcceptedValue<T>,
  sources: HistoryEntry["sources"],
  { number, acceptedAtMs, trigger, actor }: VersionAbout,
): HistoryEntry {
  return {
    version: number,
    label,
    checksum,
    acceptedAt: new Date(acceptedAtMs),
    trigger,
    document,
    sources,
    ...(actor === undefined ? {} : { actor }),
  };
}
