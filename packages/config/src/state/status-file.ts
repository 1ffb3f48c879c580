/**
 * What a process says of itself to others on the same machine: `status.json`.
 *
 * @module
 */

import { z } from "zod";
import type { ReloadResult } from "../reload/reload-result.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { formatPosition } from "../sources/located.ts";
import type { Finding } from "../validate/finding.ts";
import { STATE_SCHEMA_VERSION } from "./state-dir.ts";

const statusFinding = z.object({
  code: z.string(),
  path: z.string(),
  pointer: z.string(),
  source: z.string().optional(),
  /** `gateway.yaml:7:5` */
  position: z.string().optional(),
});

const statusResult = z.object({
  at: z.string(),
  status: z.enum(["applied", "unchanged", "rejected", "deferred"]),
  trigger: z.string(),
  version: z.number(),
  previousVersion: z.number(),
  stage: z.string().optional(),
  errors: z.array(statusFinding),
  vetoes: z.array(z.object({ participant: z.string(), path: z.string().optional() })),
  reverted: z.boolean(),
  restartRequired: z.array(z.string()),
  holds: z.array(z.string()),
  durationMs: z.number(),
});

const status = z.object({
  kind: z.literal("status"),
  schemaVersion: z.literal(STATE_SCHEMA_VERSION),
  pid: z.number(),
  /** Tells this process from a later one of the same id, where the system can. */
  processStart: z.string().optional(),
  isStopped: z.boolean(),
  /** Whether SIGHUP asks for a reload; else it would end the process. */
  hearsSignals: z.boolean(),
  writtenAt: z.string(),
  version: z.number(),
  label: z.string().optional(),
  checksum: z.string(),
  acceptedAt: z.string(),
  bootedFrom: z.enum(["sources", "last_known_good"]),
  health: z.enum(["ok", "degraded"]),
  lastReload: statusResult.optional(),
  /** Counts the SIGHUPs that were answered; the last one: when it came, and the answer to it. */
  signals: z.object({
    answered: z.number(),
    askedAt: z.string().optional(),
    last: statusResult.optional(),
  }),
  pendingRestart: z.array(z.object({ path: z.string(), since: z.number() })),
  holds: z.array(z.object({ source: z.string(), since: z.number(), durable: z.boolean() })),
  sources: z.array(
    z.object({ id: z.string(), state: z.string(), staleSince: z.string().optional() }),
  ),
  lastKnownGood: z
    .object({ version: z.number(), checksum: z.string(), omitted: z.array(z.string()) })
    .optional(),
});

/** What the file holds. No values and no messages, which may quote values: codes and places. */
export interface StatusReport {
  readonly pid: number;
  readonly processStart?: string | undefined;
  readonly isStopped: boolean;
  readonly hearsSignals: boolean;
  /** RFC 3339, as the other times. */
  readonly writtenAt: string;
  readonly version: number;
  readonly label?: string | undefined;
  readonly checksum: string;
  readonly acceptedAt: string;
  readonly bootedFrom: "sources" | "last_known_good";
  readonly health: "ok" | "degraded";
  readonly lastReload?: StatusResult | undefined;
  readonly signals: {
    readonly answered: number;
    /** When the one came that was answered last. */
    readonly askedAt?: string | undefined;
    readonly last?: StatusResult | undefined;
  };
  readonly pendingRestart: readonly { readonly path: string; readonly since: number }[];
  readonly holds: readonly {
    readonly source: string;
    readonly since: number;
    readonly durable: boolean;
  }[];
  readonly sources: readonly {
    readonly id: string;
    readonly state: string;
    readonly staleSince?: string | undefined;
  }[];
  readonly lastKnownGood?:
    | {
        readonly version: number;
        readonly checksum: string;
        /** Places of literal secrets, which are not stored. */
        readonly omitted: readonly string[];
      }
    | undefined;
}

/** What became of one reload. */
export interface StatusResult {
  readonly at: string;
  readonly status: "applied" | "unchanged" | "rejected" | "deferred";
  readonly trigger: string;
  readonly version: number;
  readonly previousVersion: number;
  readonly stage?: string | undefined;
  readonly errors: readonly StatusFinding[];
  readonly vetoes: readonly { readonly participant: string; readonly path?: string | undefined }[];
  readonly reverted: boolean;
  readonly restartRequired: readonly string[];
  readonly holds: readonly string[];
  readonly durationMs: number;
}

/** A finding without its message. */
export interface StatusFinding {
  readonly code: string;
  readonly path: string;
  readonly pointer: string;
  readonly source?: string | undefined;
  readonly position?: string | undefined;
}

/** Members that a later version adds are left out. `undefined` for anything else. */
export function parseStatus(bytes: Uint8Array): StatusReport | undefined {
  try {
    return status.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

export function formatStatus(report: StatusReport): Uint8Array {
  const whole = { kind: "status", schemaVersion: STATE_SCHEMA_VERSION, ...report };
  return new TextEncoder().encode(`${JSON.stringify(whole, undefined, 2)}\n`);
}

export function toStatusResult(result: ReloadResult, at: Date): StatusResult {
  const { trigger, version, previousVersion, stage, reverted, durationMs } = result;
  return {
    at: at.toISOString(),
    status: result.status,
    trigger,
    version,
    previousVersion,
    ...(stage === undefined ? {} : { stage }),
    errors: result.errors.map(toStatusFinding),
    vetoes: result.vetoes.map(({ participant, path }) => ({ participant, ...pathOf(path) })),
    reverted,
    restartRequired: [...result.restartRequired],
    holds: [...result.holds],
    durationMs,
  };
}

function toStatusFinding({ code, path, pointer, source, position }: Finding) {
  return {
    code,
    path,
    pointer,
    ...(source === undefined ? {} : { source }),
    ...(position === undefined ? {} : { position: formatPosition(position) }),
  };
}

function pathOf(path: ConfigPath | undefined): { readonly path?: ConfigPath } {
  return path === undefined ? {} : { path };
}
