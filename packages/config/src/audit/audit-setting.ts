/**
 * How a manager is told where its audit trail goes.
 *
 * @module
 */

import type { ConfigPath, DeepReadonly } from "../schema/config-types.ts";
import type { AuditSink } from "./audit-sink.ts";

/** A sink, or what names one. A sink that is handed over is closed with the manager. */
export type AuditSetting<T> =
  | AuditSink
  | { readonly required: boolean; readonly sink: AuditSink }
  | AuditByConfig<T>;

/** The configuration itself says what is recorded, and where. */
export interface AuditByConfig<T> {
  /** Everything about the audit trail: asked again where something below it changes. */
  readonly path: ConfigPath;
  /** What names the sink: another value there is another sink. */
  readonly output: ConfigPath;
  /** Nothing where no audit trail is asked for. */
  wanted(config: DeepReadonly<T>): WantedAudit | undefined;
}

/** The sink that a configuration asks for, and whether changes wait for its records. */
export interface WantedAudit {
  /** Whether a change waits until its record is durable. */
  readonly required: boolean;
  readonly records: (event: string) => boolean;
  readonly open: () => Promise<AuditSink>;
}

/** A sink that was handed over records everything. */
export function wantedOf<T>(
  setting: AuditSetting<T>,
  config: DeepReadonly<T>,
): WantedAudit | undefined {
  if ("wanted" in setting) return setting.wanted(config);
  const { required, sink } = "sink" in setting ? setting : { required: false, sink: setting };
  return { required, records: () => true, open: async () => sink };
}
