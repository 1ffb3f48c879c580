/**
 * What goes over the wire of `/v1`: the JSON shapes of answers and requests.
 *
 * Members are in the order in which they are written. Every documented member is always there, and
 * `null` where it has no value. Instants are RFC 3339 UTC with milliseconds.
 *
 * @module
 */

import type {
  Effect,
  ItemType,
  Json,
  JsonObject,
  JsonPointer,
  MergeMode,
  ProblemFinding,
  Via,
  WriteOp,
} from "@llmcfg/core";

export interface EntryOrigin {
  /** The environment the value comes from; `default` for a default of the schema. */
  readonly layer: string;
  readonly inherited: boolean;
  /** Whether leaves of several layers are in it. */
  readonly merged: boolean;
  readonly managedBy: string | null;
  readonly via: Via;
}

/** An effective value: GET `/v1/configs/…`, items of lists. */
export interface Entry {
  readonly path: string;
  readonly env: string;
  readonly service: string;
  readonly key: string;
  /** `null` where it is redacted. */
  readonly value: Json;
  readonly type: ItemType;
  readonly contentType: string | null;
  readonly sensitive: boolean;
  readonly redacted: boolean;
  readonly fingerprint: string | null;
  readonly hash: string;
  readonly version: number;
  readonly revision: number;
  readonly origin: EntryOrigin;
  readonly updatedAt: string;
  readonly updatedBy: string;
  readonly message: string | null;
  readonly description: string | null;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly environmentSpecific: boolean;
  readonly restartRequired: boolean;
  /** With `layers=true`. */
  readonly layers?: readonly LayerEntry[];
}

/** A page of a list; `nextCursor` is `null` on the last one. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A list with `view=tree`. */
export interface TreePage extends ListPage<Entry> {
  readonly prefix: string;
  readonly folders: readonly { readonly name: string; readonly keys: number }[];
}

/** Body of POST and PUT `/v1/configs/…`. */
export interface WriteBody {
  readonly value: Json;
  readonly type?: ItemType;
  readonly contentType?: string;
  readonly sensitive?: boolean;
  readonly description?: string | null;
  readonly owner?: string | null;
  readonly tags?: readonly string[];
  readonly mergeMode?: MergeMode;
  readonly environmentSpecific?: boolean;
  readonly message?: string | null;
}

export interface LayerVersion {
  readonly layer: string;
  readonly version: number;
}

/** What a write did to one key. */
export interface WriteResult {
  readonly path: string;
  readonly version: number;
  readonly revision: number;
  /** What won before; `null` if nothing did. */
  readonly previous: LayerVersion | null;
  /** No live own item was there before. */
  readonly created: boolean;
  readonly unchanged: boolean;
  readonly deleted: boolean;
  readonly masked: boolean;
  /** What is read now that the own item is gone. */
  readonly nowInherits: LayerVersion | null;
  readonly sensitive: boolean;
  /** Of the effective state afterwards, quoted; `null` where nothing is effective. */
  readonly etag: string | null;
  readonly effects: readonly Effect[];
  readonly effectsHidden: number;
  readonly warnings: readonly WireFinding[];
}

/** Batch, rollback. */
export interface BatchResult {
  readonly revision: number;
  readonly results: readonly WriteResult[];
  readonly warnings: readonly WireFinding[];
}

/** An item of `errors` or `warnings`. */
export type WireFinding = ProblemFinding;

export interface BatchOperation {
  readonly op: "put" | "delete" | "move" | "mask";
  readonly path: string;
  readonly value?: Json;
  readonly type?: ItemType;
  readonly sensitive?: boolean;
  readonly ifMatch?: string;
  readonly ifVersion?: number;
  readonly to?: string;
}

export interface BatchBody {
  readonly operations: readonly BatchOperation[];
  readonly message?: string | null;
}

export interface RollbackBody {
  readonly env: string;
  readonly service: string;
  readonly key?: string;
  readonly prefix?: string;
  readonly toVersion?: number;
  readonly toRevision?: number;
  readonly message?: string | null;
}

/** A layer of a trace. `absent` has the first three members alone, as has a hidden one. */
export interface LayerEntry {
  readonly layer: string;
  readonly kind: "default" | "environment";
  readonly state: "absent" | "shadowed" | "partial" | "winner" | "mask";
  /** The reader may not see the value of this layer. */
  readonly hidden?: true;
  readonly value?: Json;
  readonly redacted?: boolean;
  readonly fingerprint?: string | null;
  readonly version?: number;
  readonly revision?: number;
  readonly updatedAt?: string;
  readonly updatedBy?: string;
  readonly message?: string | null;
  readonly managedBy?: string | null;
  readonly via?: Via;
}

/** GET `/v1/effective/…`. */
export interface EffectiveEntry {
  readonly path: string;
  readonly value: Json;
  readonly type: ItemType;
  readonly sensitive: boolean;
  readonly redacted: boolean;
  readonly fingerprint: string | null;
  readonly version: number;
  readonly revision: number;
  readonly winner: string;
  readonly layers: readonly LayerEntry[];
  readonly leaves: readonly {
    readonly pointer: JsonPointer;
    readonly layer: string;
    readonly version: number;
    readonly shadowed: readonly string[];
  }[];
  readonly references: readonly {
    readonly expression: string;
    readonly path: string;
    readonly version: number | null;
    readonly sensitive: boolean;
    readonly found: boolean;
  }[];
  readonly schema: null;
  readonly lock: null;
  readonly toChange: string;
}

export interface HistoryItem {
  readonly version: number;
  readonly revision: number;
  readonly layer: string;
  readonly op: WriteOp;
  readonly value: Json;
  readonly type: ItemType;
  readonly redacted: boolean;
  readonly fingerprint: string | null;
  readonly at: string;
  readonly actor: string;
  readonly via: Via;
  readonly message: string | null;
  readonly restoredFrom: number | null;
  readonly destroyed: boolean;
}

export interface DiffChange {
  readonly key: string;
  readonly op: "add" | "change" | "remove";
  readonly pointer: JsonPointer;
  readonly from: Json;
  readonly to: Json;
  readonly sensitive: boolean;
  readonly fromFp: string | null;
  readonly toFp: string | null;
  readonly restartRequired: boolean;
}

export interface Diff {
  readonly from: { readonly ref: string; readonly revision: number };
  readonly to: { readonly ref: string; readonly revision: number };
  readonly summary: { readonly added: number; readonly changed: number; readonly removed: number };
  readonly changes: readonly DiffChange[];
}

export interface BundleMeta {
  readonly version: number;
  readonly revision: number;
  readonly layer: string;
  readonly type: ItemType;
  readonly hash: string;
  readonly sensitive: boolean;
  readonly restartRequired: boolean;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** GET `/v1/bundles/{env}/{service}`. */
export interface Bundle {
  readonly env: string;
  readonly service: string;
  /** The newest revision that changed an effective value of the selection. */
  readonly revision: number;
  /** SHA-256 over `path TAB hash LF` of its effective keys, sorted bytewise. */
  readonly hash: string;
  /** By key; with `shape=nested` by its segments. */
  readonly values: JsonObject;
  readonly redacted: readonly string[];
  /** With `meta=true`. */
  readonly meta?: Readonly<Record<string, BundleMeta>>;
}

export interface EnvironmentBody {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly inherits: string | null;
  readonly protected: boolean;
  readonly description: string | null;
}

/** GET `/v1/environments/graph`. */
export interface EnvironmentGraphBody {
  readonly environments: readonly EnvironmentBody[];
  /** Who inherits from whom, parents first. */
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** Items of GET `/v1/services`. */
export interface ServiceBody {
  readonly name: string;
  /** Where it has keys, inherited ones too. */
  readonly environments: readonly string[];
}

export interface AuditEventBody {
  readonly id: string;
  readonly index: number;
  readonly at: string;
  readonly actor: string;
  readonly actorVia: string;
  readonly sourceIp: string | null;
  readonly action: string;
  readonly path: string | null;
  readonly resource: string | null;
  readonly outcome: "allowed" | "denied" | "failed";
  readonly reason: string | null;
  readonly revision: number;
  readonly requestId: string | null;
  readonly traceId: string | null;
  readonly details: JsonObject;
  readonly erased: boolean;
  /** Base64. */
  readonly leafHash: string;
}

/** Bytes are base64. */
export interface AuditProof {
  readonly event: AuditEventBody;
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly leaf: string;
  readonly leafHash: string;
  readonly hashes: readonly string[];
  /** C2SP signed note. */
  readonly checkpoint: string;
}

export interface AuditVerification {
  readonly valid: boolean;
  readonly eventsChecked: number;
  readonly treeSize: number;
  /** Base64. */
  readonly rootHash: string;
  readonly failures: readonly {
    readonly index: number;
    readonly code: string;
    readonly detail: string;
  }[];
}

export interface GrantBody {
  readonly role: string;
  readonly scope: string;
}

export interface TokenRequest {
  readonly kind: "pat" | "sa" | "agt";
  readonly name: string;
  readonly roles: readonly GrantBody[];
  readonly expiresIn?: string;
}

export interface TokenBody {
  readonly id: string;
  readonly kind: "dev" | "pat" | "sa" | "agt";
  readonly name: string;
  readonly principal: string;
  readonly roles: readonly GrantBody[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  /** Once, in the answer to the request that made it. */
  readonly token?: string;
}

/** GET `/v1/me`. */
export interface MeBody {
  readonly principal: string;
  readonly tenant: string;
  readonly roles: readonly GrantBody[];
  readonly expiresAt: string | null;
}

/** Of a bundle that an agent should have, tried, or has. */
export interface AgentPoint {
  readonly revision: number;
  readonly hash: string;
  readonly at: string;
}

export interface AgentError {
  /** A reason of the error table; a veto is `RULE_VIOLATION`. */
  readonly reason: string;
  readonly detail: string;
  readonly pointer: JsonPointer | null;
  readonly file: string | null;
  readonly revision: number;
  readonly at: string;
}

export type AgentKind = "sidecar" | "edge" | "sdk" | "run";
export type AgentState = "APPLYING" | "APPLIED" | "FAILED";
export type AgentSync = "Synced" | "OutOfSync" | "Applying" | "Failed" | "Degraded" | "Unknown";
export type Freshness = "FRESH" | "STALE" | "EXPIRED";

export interface AgentScope {
  readonly env: string;
  readonly service: string;
}

/** POST `/v1/agents/{id}/report`. */
export interface AgentReport {
  readonly kind: AgentKind;
  readonly node: string;
  readonly version: string;
  readonly scope: readonly AgentScope[];
  readonly state: AgentState;
  readonly attempted: AgentPoint | null;
  readonly effective: AgentPoint | null;
  readonly lastError: AgentError | null;
  readonly freshness: Freshness;
  readonly pendingRestart: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** GET `/v1/agents/{id}`, items of GET `/v1/agents`. */
export interface AgentBody {
  readonly id: string;
  readonly kind: AgentKind;
  readonly node: string;
  readonly region: string;
  readonly version: string;
  readonly scope: readonly AgentScope[];
  readonly state: AgentState;
  readonly sync: AgentSync;
  readonly desired: AgentPoint | null;
  readonly attempted: AgentPoint | null;
  readonly effective: AgentPoint | null;
  readonly lastError: AgentError | null;
  readonly lagRevisions: number;
  readonly connected: boolean;
  readonly freshness: Freshness;
  readonly lastContactAt: string;
  readonly pendingRestart: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** GET `/v1/fleet`. */
export interface Fleet {
  readonly revision: number;
  readonly total: number;
  readonly applied: number;
  readonly applying: number;
  readonly failed: number;
  readonly pending: number;
  readonly gone: number;
  readonly oldestPendingSeconds: number;
  readonly propagation: { readonly p50Seconds: number | null; readonly p99Seconds: number | null };
  readonly converged: boolean;
  readonly byRevision: readonly { readonly revision: number; readonly agents: number }[];
}

export interface HealthBody {
  readonly status: "ok" | "degraded" | "unavailable";
  readonly version: string;
  readonly revision: number;
  readonly region: string;
  readonly role: "primary" | "replica";
  readonly uptimeSeconds: number;
  readonly checks: readonly HealthCheckBody[];
}

/** One part of the server; the last three members are for callers with `system:read` alone. */
export interface HealthCheckBody {
  readonly name: string;
  readonly status: "ok" | "degraded" | "down" | "disabled";
  /** How long it took to answer. */
  readonly latencyMs?: number | undefined;
  readonly detail?: string | null | undefined;
  /** RFC 3339: since when it has this status. */
  readonly since?: string | undefined;
}

/** GET `/version`. */
export interface VersionBody {
  readonly name: "llmcfg";
  readonly version: string;
  readonly api: "v1";
}
