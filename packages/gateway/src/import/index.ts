/**
 * Reads configurations of other gateways.
 *
 * @module
 */

export type {
  ForeignKind,
  ImportInput,
  ImportOptions,
  ImportResult,
  MoveLiteral,
} from "./foreign.ts";
export { importConfig } from "./import-config.ts";
export type { Disposition, LossEntry, LossReport } from "./loss-report.ts";
