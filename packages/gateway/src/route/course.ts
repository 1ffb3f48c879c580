import type { Exclusion, RouteRequest, RouteState } from "./route-decision.ts";
import type { RouteTable } from "./route-table.ts";

/** One decision in the making: what it is made from, and what it has considered so far. */
export interface Course {
  readonly table: RouteTable;
  readonly request: RouteRequest;
  readonly state: RouteState;
  readonly nowMs: number;
  /** Grows. */
  readonly trace: string[];
  /** Grows. */
  readonly excluded: Exclusion[];
}
