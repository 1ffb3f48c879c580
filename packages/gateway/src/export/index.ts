/**
 * Writes configurations for other gateways.
 *
 * @module
 */

export type { ForeignKind } from "../import/foreign.ts";
export type { Disposition, LossEntry, LossReport } from "../import/loss-report.ts";
export { type ExportOptions, type ExportResult, exportConfig } from "./export-config.ts";
