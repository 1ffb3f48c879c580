import type { PathSegment } from "../paths/config-path.ts";
import type { Position, Span } from "../sources/located.ts";
import type { CrossFieldResult, FindingKind } from "./finding.ts";

/** A node that a fault speaks of: where it stands, and in which source. */
export interface FaultPlace {
  readonly at: Position;
  readonly span?: Span | undefined;
  readonly source?: string | undefined;
}

/** A finding while it is made: before its pointer is known, and without its snippet. */
export interface Fault {
  readonly kind: FindingKind;
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly segments: readonly PathSegment[];
  readonly message: string;
  readonly hint?: string | undefined;
  readonly rule?: string | undefined;
  readonly place?: FaultPlace | undefined;
  readonly related?: readonly RelatedPlace[] | undefined;
  readonly result?: CrossFieldResult | undefined;
}

export interface RelatedPlace {
  readonly segments: readonly PathSegment[];
  readonly place?: FaultPlace | undefined;
}

/** Takes a fault; work goes on, so that all of them are found. */
export type Report = (fault: Fault) => void;

/** What most faults have in common. */
export function schemaFault(
  fault: Omit<Fault, "kind" | "severity"> & Partial<Pick<Fault, "severity">>,
): Fault {
  return { kind: "schema_violation", severity: "error", ...fault };
}
