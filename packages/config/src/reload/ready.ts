import type { ConfigDiff } from "../diff/config-diff.ts";
import type { Hold } from "../history/holds.ts";
import type { AcceptedValue, Candidate } from "../load/candidate.ts";
import type { DeepReadonly } from "../schema/config-types.ts";
import type { Finding } from "../validate/finding.ts";

/** A candidate that fits the schema. */
export interface Valid<T> {
  readonly candidate: Candidate<T>;
  readonly accepted: AcceptedValue<T>;
  /** What is on hold once it is accepted. */
  readonly holds: readonly Hold[];
}

/** A candidate that nothing speaks against, and that changes something. */
export interface Ready<T> extends Valid<T> {
  readonly config: DeepReadonly<T>;
  readonly diff: ConfigDiff;
  readonly warnings: readonly Finding[];
}
