/**
 * REST over the memory adapters, asked without a socket.
 *
 * @module
 */

import { LlmcfgError } from "@llmcfg/core";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import { pino } from "pino";
import type { Change } from "../../src/modules/configs/ports.ts";
import { writeDemoData } from "../../src/modules/configs/seed.ts";
import type { Caller } from "../../src/modules/policy/ports.ts";
import { buildApp } from "../../src/transport/http/app.ts";
import { batchRoutes } from "../../src/transport/http/batch-routes.ts";
import { bundlesRoutes } from "../../src/transport/http/bundles-routes.ts";
import type { ConfigsDeps } from "../../src/transport/http/configs-deps.ts";
import { configsRoutes } from "../../src/transport/http/configs-routes.ts";
import { diffRoutes } from "../../src/transport/http/diff-routes.ts";
import { effectiveRoutes } from "../../src/transport/http/effective-routes.ts";
import { environmentsRoutes } from "../../src/transport/http/environments-routes.ts";
import { historyRoutes } from "../../src/transport/http/history-routes.ts";
import { ReadyReads } from "../../src/transport/http/ready-reads.ts";
import { RequestIds } from "../../src/transport/http/request-ids.ts";
import { rollbackRoutes } from "../../src/transport/http/rollback-routes.ts";
import { callerWith, openWorld, TENANT, type World } from "../configs/open-world.ts";

export interface App extends AsyncDisposable {
  readonly world: World;
  readonly fastify: FastifyInstance;
  /** Roles that are no credential any more, as they are asked with. */
  readonly revoked: Set<string>;
  /** What roles, as they are asked with, have become meanwhile. */
  readonly changedRoles: Map<string, string>;
  /** Asks with the rights of the owner, or of `as`: `viewer@production/**`. */
  ask(method: Method, url: string, options?: AskOptions): Promise<LightMyRequestResponse>;
}

export type Method = Extract<InjectOptions["method"], "GET" | "HEAD" | "POST" | "PUT" | "DELETE">;

export interface AskOptions {
  readonly body?: object | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly as?: readonly string[];
}

const PUBLIC_URL = "http://127.0.0.1:7420";
const REGION = "local;role=primary;lag=0";

/** A fresh `llmcfg dev`: at revision 2, with the demo data. */
export async function openApp(): Promise<App> {
  const world = openWorld();
  await writeDemoData(world.deps, TENANT);
  const ids = new RequestIds();
  const readyReads = new ReadyReads({
    maxBytes: 1_000_000,
    ttlMs: 300_000,
    clock: world.deps.clock,
    ids,
    region: REGION,
    recall: () => undefined,
    onHit: () => {},
  });
  const revoked = new Set<string>();
  const changedRoles = new Map<string, string>();
  const hub = { changed: changedIn(world) };
  const deps: ConfigsDeps = { ...world.deps, hub, publicUrl: () => PUBLIC_URL };
  const fastify = buildApp({
    log: pino({ level: "silent" }),
    version: "0.0.0",
    publicUrl: () => PUBLIC_URL,
    exchange: {
      authenticate: async ({ authorization }) =>
        toCaller(changedRoles.get(authorization ?? "") ?? authorization, revoked),
      environments: world.deps.environments,
      ids,
      headRevision: (tenant) => world.deps.store.headRevision(tenant),
      region: REGION,
    },
    readyReads,
    onAnswer: () => {},
    routes: (app) => {
      configsRoutes(app, deps);
      bundlesRoutes(app, deps);
      effectiveRoutes(app, deps);
      historyRoutes(app, deps);
      diffRoutes(app, deps);
      rollbackRoutes(app, deps);
      batchRoutes(app, deps);
      environmentsRoutes(app, deps);
    },
  });
  await fastify.ready();
  return {
    world,
    fastify,
    revoked,
    changedRoles,
    ask: async (method, url, { body, headers = {}, as = ["owner"] } = {}) =>
      await fastify.inject({
        method,
        url,
        headers: { authorization: as.join(" "), ...headers },
        ...(body === undefined ? {} : { payload: body }),
      }),
    [Symbol.asyncDispose]: () => fastify.close(),
  };
}

/** The credential of these tests is a list of roles. */
function toCaller(authorization: string | undefined, revoked: ReadonlySet<string>): Caller {
  if (authorization === undefined || revoked.has(authorization)) {
    throw new LlmcfgError("UNAUTHENTICATED", "there is no credential that is valid", {});
  }
  return callerWith(...authorization.split(" "));
}

/** Wakes at each commit: whether the hash is another one is for the caller to see. */
function changedIn(world: World): ConfigsDeps["hub"]["changed"] {
  const waiting = new Set<() => void>();
  const push = world.changes.push.bind(world.changes);
  world.changes.push = (...changes: Change[]) => {
    for (const wake of waiting) wake();
    return push(...changes);
  };
  return async (_caller, _namespace, hash, signal) => {
    const { promise, resolve: wake } = Promise.withResolvers<void>();
    waiting.add(wake);
    signal.addEventListener("abort", () => wake(), { once: true });
    if (!signal.aborted) await promise;
    waiting.delete(wake);
    return { revision: 0, hash, changedAtMs: 0 };
  };
}
