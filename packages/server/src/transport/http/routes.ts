/**
 * Every route of the REST surface, built or reserved, with the permission it needs.
 *
 * One registry: what is not here cannot be served, a built entry without a handler keeps the server
 * from starting, a reserved one answers 501, and an entry without a permission does not compile.
 *
 * @module
 */

import type { Permission } from "../../modules/policy/ports.ts";

/**
 * What a caller needs. The use case asks for it on each item it touches; the route itself only
 * makes sure that there is a caller.
 */
export type RoutePermission =
  /** No credential is read. */
  | "open"
  /** Any valid credential. */
  | "authenticated"
  | Permission
  /** Depends on what the request does: each of these in its case. */
  | readonly Permission[];

export interface RouteEntry {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/v1`. `{key}` takes the rest of the path. */
  readonly path: string;
  readonly permission: RoutePermission;
  readonly summary: string;
  /** Also served without `/v1`. */
  readonly isAlsoAtRoot?: true;
  /** Served without `/v1` alone. */
  readonly isAtRoot?: true;
  /** Specified and not built: answers 501. */
  readonly isReserved?: true;
  /** Its answer has an `ETag`, and `If-None-Match` is answered 304. */
  readonly isConditional?: true;
}

/** The routes that are built. */
export const ROUTES = {
  getConfig: {
    method: "GET",
    path: "/configs/{env}/{service}/{key}",
    permission: ["config:read", "secret:read"],
    summary: "The effective value of a key",
    isAlsoAtRoot: true,
    isConditional: true,
  },
  postConfig: {
    method: "POST",
    path: "/configs/{env}/{service}/{key}",
    permission: ["config:write", "secret:write"],
    summary: "A new version of a key",
    isAlsoAtRoot: true,
  },
  putConfig: {
    method: "PUT",
    path: "/configs/{env}/{service}/{key}",
    permission: ["config:write", "secret:write"],
    summary: "Replace a key",
    isAlsoAtRoot: true,
  },
  deleteConfig: {
    method: "DELETE",
    path: "/configs/{env}/{service}/{key}",
    permission: "config:delete",
    summary: "Remove or mask a key",
    isAlsoAtRoot: true,
  },
  listServiceConfigs: {
    method: "GET",
    path: "/configs/{env}/{service}",
    permission: "config:list",
    summary: "The effective entries of a service",
    isAlsoAtRoot: true,
  },
  listEnvironmentConfigs: {
    method: "GET",
    path: "/configs/{env}",
    permission: "config:list",
    summary: "The effective entries of an environment",
    isAlsoAtRoot: true,
  },
  getBundle: {
    method: "GET",
    path: "/bundles/{env}/{service}",
    permission: ["config:read", "secret:read"],
    summary: "All effective values of a service in one document",
    isConditional: true,
  },
  getEffective: {
    method: "GET",
    path: "/effective/{env}/{service}/{key}",
    permission: "config:read",
    summary: "A value and why it is what it is",
    isConditional: true,
  },
  getHistory: {
    method: "GET",
    path: "/history/{env}/{service}/{key}",
    permission: "config:read",
    summary: "The versions of an own item, newest first",
  },
  getVersion: {
    method: "GET",
    path: "/versions/{env}/{service}/{key}",
    permission: ["config:read", "secret:read"],
    summary: "One version of an own item",
    isConditional: true,
  },
  rollback: {
    method: "POST",
    path: "/rollback",
    permission: ["config:write", "config:delete", "secret:write"],
    summary: "Bring back an earlier state as a new version",
  },
  getDiff: {
    method: "GET",
    path: "/diff",
    permission: "config:read",
    summary: "What differs between two states",
  },
  batch: {
    method: "POST",
    path: "/batch",
    permission: ["config:write", "config:delete", "secret:write"],
    summary: "Several writes under one revision",
  },
  watch: {
    method: "GET",
    path: "/watch",
    permission: "config:read",
    summary: "A stream of changes (server-sent events)",
  },
  listEnvironments: {
    method: "GET",
    path: "/environments",
    permission: "env:read",
    summary: "The environments of the tenant",
  },
  getEnvironmentGraph: {
    method: "GET",
    path: "/environments/graph",
    permission: "env:read",
    summary: "Who inherits from whom",
  },
  getEnvironment: {
    method: "GET",
    path: "/environments/{env}",
    permission: "env:read",
    summary: "One environment",
    isConditional: true,
  },
  listServices: {
    method: "GET",
    path: "/services",
    permission: "config:list",
    summary: "The services of an environment",
  },
  listAgents: {
    method: "GET",
    path: "/agents",
    permission: "agent:read",
    summary: "Consumers and what they have applied",
  },
  getAgent: {
    method: "GET",
    path: "/agents/{id}",
    permission: "agent:read",
    summary: "One consumer",
  },
  reportAgent: {
    method: "POST",
    path: "/agents/{id}/report",
    permission: "agent:sync",
    summary: "A consumer says what it applied or refused",
  },
  getFleet: {
    method: "GET",
    path: "/fleet",
    permission: "agent:read",
    summary: "How far a revision has come",
  },
  listAuditEvents: {
    method: "GET",
    path: "/audit/events",
    permission: "audit:read",
    summary: "The audit log",
  },
  getAuditEvent: {
    method: "GET",
    path: "/audit/events/{id}",
    permission: "audit:read",
    summary: "One audit event",
  },
  getAuditProof: {
    method: "GET",
    path: "/audit/events/{id}/proof",
    permission: "audit:read",
    summary: "The proof that an event is in the log",
  },
  getLatestCheckpoint: {
    method: "GET",
    path: "/audit/checkpoints/latest",
    permission: "audit:read",
    summary: "The signed head of the log",
  },
  verifyAudit: {
    method: "POST",
    path: "/audit/verify",
    permission: "audit:read",
    summary: "Recompute the log and compare",
  },
  listTokens: {
    method: "GET",
    path: "/tokens",
    permission: ["token:self", "token:manage"],
    summary: "Tokens, without their secrets",
  },
  createToken: {
    method: "POST",
    path: "/tokens",
    permission: ["token:self", "token:manage"],
    summary: "A new token; its secret is shown once",
  },
  getMe: {
    method: "GET",
    path: "/me",
    permission: "authenticated",
    summary: "Who the credential stands for",
  },
  health: {
    method: "GET",
    path: "/health",
    permission: "open",
    summary: "Readiness, part by part",
    isAtRoot: true,
  },
  livez: {
    method: "GET",
    path: "/livez",
    permission: "open",
    summary: "The process answers",
    isAtRoot: true,
  },
  readyz: {
    method: "GET",
    path: "/readyz",
    permission: "open",
    summary: "Requests are welcome",
    isAtRoot: true,
  },
  startupz: {
    method: "GET",
    path: "/startupz",
    permission: "open",
    summary: "The start is over",
    isAtRoot: true,
  },
  metrics: {
    method: "GET",
    path: "/metrics",
    permission: "open",
    summary: "Prometheus metrics",
    isAtRoot: true,
  },
  openapi: {
    method: "GET",
    path: "/openapi.json",
    permission: "open",
    summary: "This interface as OpenAPI 3.1",
    isAtRoot: true,
  },
  version: {
    method: "GET",
    path: "/version",
    permission: "open",
    summary: "Version of the server",
    isAtRoot: true,
  },
  docs: {
    method: "GET",
    path: "/docs",
    permission: "open",
    summary: "Documentation",
    isAtRoot: true,
  },
  errorPage: {
    method: "GET",
    path: "/docs/errors/{reason}",
    permission: "open",
    summary: "What a reason means",
    isAtRoot: true,
  },
  llmsTxt: {
    method: "GET",
    path: "/llms.txt",
    permission: "open",
    summary: "Where things are, for language models",
    isAtRoot: true,
  },
} as const satisfies Record<string, RouteEntry>;

export type RouteId = keyof typeof ROUTES;

const KEY = "{env}/{service}/{key}";

/** Specified, not built yet: each answers 501 to a caller with a valid credential. */
export const RESERVED_ROUTES: readonly RouteEntry[] = [
  reserved("PATCH", `/configs/${KEY}`, "config:write", true),
  ...reservedAll(["GET", "PATCH"], `/meta/${KEY}`, "config:write"),
  reserved("DELETE", `/versions/${KEY}`, "secret:write"),
  reserved("POST", "/validate", "config:read"),
  reserved("POST", "/plan", "config:read"),
  reserved("POST", "/apply", "config:write"),
  reserved("POST", "/render", "config:read"),
  reserved("POST", "/promote", "config:write"),
  reserved("POST", "/copy", "config:write"),
  reserved("POST", "/move", "config:write"),
  reserved("GET", "/search", "config:list"),
  reserved("GET", "/compare", "config:list"),
  reserved("GET", `/usage/${KEY}`, "config:read"),
  ...reservedAll(["GET", "PUT", "DELETE"], `/locks/${KEY}`, "config:lock"),
  reserved("GET", "/ws", "config:read"),
  reserved("GET", "/secrets", "secret:list"),
  reserved("GET", `/secrets/${KEY}`, "secret:list"),
  reserved("PUT", `/secrets/${KEY}`, "secret:rotate"),
  reserved("POST", "/rotations", "secret:rotate"),
  reserved("GET", "/rotations/{id}", "secret:rotate"),
  reserved("GET", "/keys", "key:read"),
  reserved("POST", "/keys/rotate", "key:rotate"),
  reserved("POST", "/keys/rewrap", "key:rotate"),
  reserved("POST", "/environments", "env:write"),
  ...reservedAll(["PUT", "DELETE"], "/environments/{env}", "env:write"),
  reserved("POST", "/services", "service:write"),
  ...reservedAll(["GET", "PUT", "DELETE"], "/services/{id}", "service:write"),
  ...reservedCollection("/schemas", "schema:read", "schema:write"),
  reserved("POST", "/schemas/infer", "schema:read"),
  reserved("GET", "/schemas/{id}/breaking", "schema:read"),
  ...reservedCollection("/policies", "policy:read", "policy:write"),
  reserved("POST", "/policies/validate", "policy:read"),
  reserved("POST", "/policies/test", "policy:read"),
  ...reservedCollection("/roles", "policy:read", "policy:write"),
  ...reservedCollection("/bindings", "policy:read", "policy:write"),
  reserved("POST", "/access/check", "authenticated"),
  reserved("POST", "/access/explain", "access:explain"),
  reserved("GET", "/capabilities", "authenticated"),
  reserved("GET", "/agents/{id}/diff", "agent:read"),
  reserved("POST", "/agents/{id}/commands", "agent:command"),
  reserved("GET", "/audit/checkpoints", "audit:read"),
  reserved("GET", "/audit/consistency", "audit:read"),
  reserved("GET", "/audit/export", "audit:export"),
  reserved("GET", "/audit/report", "audit:export"),
  reserved("POST", "/audit/events/{id}/erase", "audit:erase"),
  reserved("GET", "/audit/tlog/checkpoint", "audit:read"),
  reserved("GET", "/audit/tlog/tile/{key}", "audit:read"),
  reserved("GET", "/cache/stats", "cache:read"),
  reserved("POST", "/cache/purge", "cache:manage"),
  reserved("POST", "/cache/warm", "cache:manage"),
  ...reservedAll(["GET", "PUT", "DELETE"], "/tokens/{id}", "token:manage"),
  ...reservedCollection("/service-accounts", "token:manage", "token:manage"),
  ...reservedAll(["GET", "PUT"], "/service-accounts/{id}/guardrails", "token:manage"),
  reserved("POST", "/import/{kind}", "config:write"),
  reserved("GET", "/export", "config:read"),
  reserved("GET", "/operations/{id}", "system:read"),
  reserved("GET", "/regions", "system:read"),
  reserved("GET", "/system/info", "system:read"),
  reserved("GET", "/system/doctor", "system:read"),
  ...reservedCollection("/changes", "change:read", "change:write"),
  ...["reviews", "apply", "close", "rebase"].map((verb) =>
    reserved("POST", `/changes/{id}/${verb}`, "change:write"),
  ),
  ...reservedCollection("/releases", "release:read", "release:write"),
  ...reservedCollection("/labels", "release:read", "release:write"),
  reserved("GET", "/labels/{id}/moves", "release:read"),
  ...reservedCollection("/rollouts", "rollout:read", "rollout:write"),
  ...["pause", "resume", "promote", "abort"].map((verb) =>
    reserved("POST", `/rollouts/{id}/${verb}`, "rollout:write"),
  ),
  ...reservedCollection("/webhooks", "webhook:read", "webhook:write"),
  reserved("POST", "/webhooks/{id}/test", "webhook:write"),
  reserved("POST", "/routes/explain", "config:read"),
  reserved("POST", "/models/test", "config:read"),
  ...[
    reserved("POST", "/ofrep/v1/evaluate/flags", "config:read"),
    reserved("POST", "/ofrep/v1/evaluate/flags/{key}", "config:read"),
    reserved("GET", "/ofrep/v1/events", "config:read"),
    reserved("GET", "/spring/{file}", "config:read"),
    reserved("GET", "/spring/{app}/{profile}", "config:read"),
    reserved("GET", "/spring/{app}/{profile}/{label}", "config:read"),
    ...reservedAll(["GET", "POST"], "/mcp", "authenticated"),
    reserved("GET", "/.well-known/oauth-protected-resource", "authenticated"),
  ].map((entry): RouteEntry => ({ ...entry, isAtRoot: true })),
];

function reserved(
  method: RouteEntry["method"],
  path: string,
  permission: RoutePermission,
  isAlsoAtRoot = false,
): RouteEntry {
  const entry: RouteEntry = {
    method,
    path,
    permission,
    summary: "Not built yet",
    isReserved: true,
  };
  return isAlsoAtRoot ? { ...entry, isAlsoAtRoot } : entry;
}

function reservedAll(
  methods: readonly RouteEntry["method"][],
  path: string,
  permission: RoutePermission,
): readonly RouteEntry[] {
  return methods.map((method) => reserved(method, path, permission));
}

function reservedCollection(
  path: string,
  read: RoutePermission,
  write: RoutePermission,
): readonly RouteEntry[] {
  return [
    reserved("GET", path, read),
    reserved("POST", path, write),
    reserved("GET", `${path}/{id}`, read),
    ...reservedAll(["PUT", "DELETE"], `${path}/{id}`, write),
  ];
}

/** Where an entry is served, as templates: `/v1/configs/{env}`, `/configs/{env}`. */
export function templatesOf({ path, isAtRoot, isAlsoAtRoot }: RouteEntry): readonly string[] {
  if (isAtRoot === true) return [path];
  return isAlsoAtRoot === true ? [`/v1${path}`, path] : [`/v1${path}`];
}
