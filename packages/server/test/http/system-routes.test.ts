import { join } from "node:path";
import type { HealthBody } from "@llmcfg/protocol";
import { expect, test } from "vitest";
import { type RunningServer, startServer } from "../../src/server.ts";
import { temporaryFolder } from "../adapters/temporary-folder.ts";
import { auth, get, post, start } from "./dev-server.ts";

const WRONG = `llmcfg_sa_${"0".repeat(59)}16eEpm`; // well formed (05 §2.2), and nobody's

test("anonymous callers get names and states of the parts, and nothing else", async () => {
  await using server = await start();

  const answer = await fetch(`${server.url}/health`);
  const { uptimeSeconds, version, ...body } = (await answer.json()) as HealthBody;

  expect(answer.status).toBe(200);
  expect([uptimeSeconds >= 0, version]).toEqual([true, server.version]);
  expect(body).toEqual({
    status: "ok",
    revision: 2,
    region: "local",
    role: "primary",
    checks: [
      { name: "store", status: "ok" },
      { name: "redis", status: "disabled" },
      { name: "kms", status: "ok" },
      { name: "policy", status: "ok" },
      { name: "audit", status: "ok" },
      { name: "replication", status: "ok" },
    ],
  });
});

test("whoever holds system:read also sees how long each part took, since when, and why", async () => {
  await using server = await start();

  const { checks } = (await get(server, "/health")) as HealthBody;

  expect(checks.map(({ name }) => name)).toHaveLength(6);
  for (const { latencyMs, detail, since } of checks) {
    expect(latencyMs).toBeGreaterThanOrEqual(0);
    expect(detail).toBeNull();
    expect(Date.parse(since ?? "")).toBeLessThanOrEqual(Date.now());
  }
});

test("other callers are answered like anonymous ones, with a credential that is not taken too", async () => {
  await using server = await start();
  const roles = [{ role: "agent", scope: "production/**" }];
  const made = await post(server, "/v1/tokens", { kind: "agt", name: "gateway", roles });
  const { token } = made as { token: string };

  const answers = await Promise.all(
    [token, WRONG, "hunter2"].map(async (credential) => {
      const headers = { authorization: `Bearer ${credential}` };
      const answer = await fetch(`${server.url}/health`, { headers });
      return [answer.status, ((await answer.json()) as HealthBody).checks[0]];
    }),
  );

  expect(answers).toEqual([
    [200, { name: "store", status: "ok" }],
    [200, { name: "store", status: "ok" }],
    [200, { name: "store", status: "ok" }],
  ]);
});

test("/metrics tells what this server did: decisions, look-ups, refusals, the log", async () => {
  await using server = await start();
  await get(server, "/v1/bundles/production/ml-service");
  await get(server, "/v1/bundles/production/ml-service");
  await fetch(`${server.url}/v1/configs/production/ml-service/a//b`, { headers: auth(server) });

  const text = await (await fetch(`${server.url}/metrics`)).text();

  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  expect(value('llmcfg_policy_decisions_total\\{effect="allow"\\}')).toBeGreaterThan(0);
  expect(value('llmcfg_cache_requests_total\\{tier="l1",result="hit"\\}')).toBe(1);
  expect(value('llmcfg_cache_requests_total\\{tier="origin",result="hit"\\}')).toBeGreaterThan(0);
  expect(value('llmcfg_policy_cache_requests_total\\{result="hit"\\}')).toBeGreaterThan(0);
  expect(value('llmcfg_policy_cache_requests_total\\{result="miss"\\}')).toBe(1);
  expect(value('llmcfg_validation_failures_total\\{reason="INVALID_KEY"\\}')).toBe(1);
  expect(value('llmcfg_config_revision\\{env="production"\\}')).toBe(2);
  expect(value('llmcfg_secret_age_seconds_max\\{env="production"\\}')).toBeGreaterThan(0);
  expect(
    value('llmcfg_kms_request_duration_seconds_count\\{provider="local",op="unwrap"\\}'),
  ).toBeGreaterThan(0);
  expect(value("llmcfg_audit_tree_size")).toBe(value("llmcfg_audit_events_total"));
  expect(value("llmcfg_audit_tree_size")).toBeGreaterThan(0);
  expect(value("llmcfg_sealed")).toBe(0);
});

test("credentials that were used and refused are on record, the last ones when the server stops", async () => {
  await using folder = await temporaryFolder();
  const first = await startOn(folder.path);
  const refused = await fetch(`${first.url}/v1/environments`, {
    headers: { authorization: `Bearer ${WRONG}` },
  });
  await first[Symbol.asyncDispose]();

  await using second = await startOn(folder.path);
  await get(second, "/v1/environments");
  const { items } = (await get(second, "/v1/audit/events?action=credential.use")) as Events;

  expect(refused.status).toBe(401);
  const told = items.map(({ actor, outcome, reason, details }) => ({
    actor,
    outcome,
    reason,
    cause: details["cause"],
  }));
  expect(told).toContainEqual({
    actor: "system:anonymous",
    outcome: "denied",
    reason: "UNAUTHENTICATED",
    cause: "unknown",
  });
  expect(told).toContainEqual({
    actor: "user:dev",
    outcome: "allowed",
    reason: null,
    cause: undefined,
  });
});

interface Events {
  readonly items: readonly {
    readonly actor: string;
    readonly outcome: string;
    readonly reason: string | null;
    readonly details: Readonly<Record<string, unknown>>;
  }[];
}

async function startOn(folder: string): Promise<RunningServer> {
  return await startServer({
    httpHost: "127.0.0.1",
    httpPort: 0,
    tryNextPorts: false,
    store: { engine: "sqlite", file: join(folder, "store.db") },
    rootKey: { kind: "local", file: join(folder, "root.key"), create: true },
    mode: "dev",
    demoData: false,
    logLevel: "silent",
    logFormat: "json",
  });
}

test("API-12 POST /v1/tokens tells the roles as they are kept: with the environment's own name", async () => {
  await using server = await start();
  const roles = [{ role: "viewer", scope: "prod/ml-service" }];

  const made = await post(server, "/v1/tokens", { kind: "sa", name: "few", roles });

  expect(made).toMatchObject({ roles: [{ role: "viewer", scope: "production/ml-service/**" }] });
});

test.each(["soon", "0s", "400d"])(
  "a token that should end in %s is refused by name",
  async (life) => {
    await using server = await start();
    const roles = [{ role: "viewer", scope: "**" }];
    const body = JSON.stringify({ kind: "sa", name: "few", roles, expiresIn: life });
    const headers = { ...auth(server), "content-type": "application/json" };

    const answer = await fetch(`${server.url}/v1/tokens`, { method: "POST", headers, body });

    expect(await answer.json()).toMatchObject({
      status: 400,
      errors: [{ pointer: "/expiresIn" }],
    });
  },
);
