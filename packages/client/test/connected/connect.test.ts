import { getEventListeners } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ConfigChange,
  type ConnectedConfig,
  type ConnectOptions,
  connect,
  type SecretHandle,
} from "@llmcfg/client";
import { openLastGoodStore } from "@llmcfg/client/store";
import { describe, expect, test } from "vitest";
import { ENV, SERVICE, Sensitive } from "../support/bundles.ts";
import { ControlPlane } from "../support/control-plane.ts";
import { eventually } from "../support/eventually.ts";
import { sendProblem } from "../support/serve.ts";

const TOKEN = "llmcfg_sa_0123";

const positive = {
  parse(value: unknown): number {
    if (typeof value === "number" && value > 0) return value;
    throw new Error("must be above 0");
  },
};

describe("SDK-01 connecting", () => {
  test("gives the state of the server, and says that it is applied", async () => {
    await using plane = await ControlPlane.start({ "inference/timeout": 30 });

    await using config = await open(plane, { agentId: "gw-1", labels: { zone: "a" } });

    expect(config.get("inference/timeout")).toBe(30);
    expect(config.current).toEqual({ inference: { timeout: 30 } });
    expect(config.status).toMatchObject({
      revision: 2,
      effective: 2,
      freshness: "FRESH",
      ageSeconds: 0,
      lastError: undefined,
    });
    await eventually(() => plane.reports.length, 1);
    expect(plane.reports[0]).toMatchObject({
      id: "gw-1",
      report: {
        kind: "sdk",
        state: "APPLIED",
        scope: [{ env: ENV, service: SERVICE }],
        effective: { revision: 2, hash: plane.hash },
        labels: { zone: "a" },
      },
    });
  });

  test("rejects with what the server says", async () => {
    await using plane = await ControlPlane.start({});
    plane.intercept = (request, response) => {
      if (!request.url.startsWith("/v1/bundles")) return undefined;
      sendProblem(response, { status: 403, reason: "POLICY_DENIED", permission: "config:read" });
      return true;
    };

    await expect(open(plane)).rejects.toMatchObject({
      reason: "POLICY_DENIED",
      details: { permission: "config:read" },
    });
  });

  test("rejects where the server is away and nothing is on disk", async () => {
    const plane = await ControlPlane.start({});
    await plane[Symbol.asyncDispose]();

    await expect(open(plane)).rejects.toMatchObject({ reason: "OFFLINE_MISS" });
  });

  test("rejects a state that does not fit the schema, and says so to the server", async () => {
    await using plane = await ControlPlane.start({ timeout: 0 });
    const schema = { parse: () => positive.parse(0) };

    const refusal = open(plane, { schema });

    await expect(refusal).rejects.toMatchObject({ reason: "RULE_VIOLATION" });
    expect(plane.reports.at(-1)?.report).toMatchObject({
      state: "FAILED",
      effective: null,
      lastError: { reason: "RULE_VIOLATION", detail: "must be above 0" },
    });
  });

  test("is called off by its signal", async () => {
    await using plane = await ControlPlane.start({});
    plane.intercept = () => true; // never answers
    const stopping = new AbortController();

    const connecting = open(plane, { signal: stopping.signal });
    await eventually(() => plane.requests.length, 1);
    stopping.abort(new Error("no more"));

    await expect(connecting).rejects.toThrow("no more");
  });

  test("ends with its signal: no stream and no report is left behind", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    const stopping = new AbortController();
    await using config = await open(plane, { signal: stopping.signal });
    await eventually(() => plane.streams, 1);

    stopping.abort();

    await eventually(() => plane.streams, 0);
    expect(config.get("a")).toBe(1); // what was there can still be read
  });

  test("leaves nothing behind at its signal once it is disposed", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    const { signal } = new AbortController();

    for (let i = 0; i < 3; i++) {
      await using config = await open(plane, { signal });
      expect(config.get("a")).toBe(1);
    }

    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("SDK-03 a change", () => {
  test("comes into force whole, is told once, and is acknowledged", async () => {
    await using plane = await ControlPlane.start({ a: 1, b: 1, c: 1 });
    await using config = await open(plane);
    await eventually(() => plane.streams, 1);
    const changes: ConfigChange[] = [];
    const torn: unknown[] = [];
    using _ = config.on("change", (change) => {
      changes.push(change);
      if (config.get("a") !== config.get("b")) torn.push(config.current);
    });

    for (let value = 2; value <= 20; value++) plane.commit({ a: value, b: value });
    plane.commit({ c: undefined });

    await eventually(() => config.status.effective, 22);
    expect(torn).toEqual([]);
    expect(config.current).toEqual({ a: 20, b: 20 });
    const revisions = changes.map(({ revision }) => revision);
    expect(revisions).toEqual([...new Set(revisions)].toSorted((x, y) => x - y));
    expect(changes.at(-1)?.changes).toContainEqual({ key: "c", op: "delete" });
    await eventually(() => plane.reports.at(-1)?.report.effective?.revision, 22);
  });

  test("swaps one object for another: what was read before stays as it was", async () => {
    await using plane = await ControlPlane.start({ a: { x: 1 } });
    await using config = await open(plane);
    const before = config.current;
    await eventually(() => plane.streams, 1);

    plane.commit({ a: { x: 2 } });
    await eventually(() => config.status.effective, 3);

    expect(before).toEqual({ a: { x: 1 } });
    expect(config.current).toEqual({ a: { x: 2 } });
  });

  test("comes with the stream: no server is asked for anything more, sensitive values or not", async () => {
    await using plane = await ControlPlane.start({ a: 1, "secrets/k": new Sensitive("one") });
    await using config = await open(plane);
    await eventually(() => plane.streams, 1);

    plane.commit({ a: 2, b: { c: [1] } });
    plane.commit({ "secrets/k": new Sensitive("two"), a: undefined });

    await eventually(() => config.status.effective, 4);
    expect(JSON.stringify(config.current)).toBe('{"b":{"c":[1]},"secrets":{"k":"(sensitive)"}}');
    expect(bundlesAsked(plane)).toBe(1);
    await eventually(() => plane.reports.at(-1)?.report.effective?.hash, plane.hash);
  });

  test("is asked for where the stream does not have it all", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    plane.hasValues = false;
    await using config = await open(plane);
    await eventually(() => plane.streams, 1);

    plane.commit({ a: 2 });

    await eventually(() => config.get("a"), 2);
    expect(bundlesAsked(plane)).toBe(2);
  });

  test("comes over changes() for the keys that are selected", async () => {
    await using plane = await ControlPlane.start({ "a/x": 1, b: 1 });
    await using config = await open(plane);
    await eventually(() => plane.streams, 1);
    const changes = config.changes("a/**")[Symbol.asyncIterator]();

    plane.commit({ b: 2 });
    plane.commit({ "a/x": 2, b: 3 });

    expect((await changes.next()).value).toEqual({
      revision: 4,
      changes: [{ key: "a/x", op: "put" }],
    });
  });
});

describe("SDK-06 LAW-20 the application's veto", () => {
  test("refuses a state with its message, and what was there stays", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using config = await open(plane);
    const before = config.current;
    using _ = config.apply((next) => {
      if (next.get("a") === 13) throw new Error("thirteen is unlucky");
    });
    await eventually(() => plane.streams, 1);

    plane.commit({ a: 13 });

    await eventually(() => plane.reports.at(-1)?.report.state, "FAILED");
    expect(config.current).toBe(before);
    expect(config.status).toMatchObject({
      revision: 3,
      effective: 2,
      lastError: { reason: "RULE_VIOLATION", message: "thirteen is unlucky" },
    });
    expect(plane.reports.at(-1)?.report).toMatchObject({
      attempted: { revision: 3, hash: plane.hash },
      effective: { revision: 2 },
      lastError: {
        reason: "RULE_VIOLATION",
        detail: "thirteen is unlucky",
        pointer: null,
        revision: 3,
      },
    });
  });

  test("is over when the state is put right", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using config = await open(plane);
    using _ = config.apply((next) => {
      if (next.get("a") === 13) throw new Error("thirteen is unlucky");
    });
    await eventually(() => plane.streams, 1);
    plane.commit({ a: 13 });
    await eventually(() => plane.reports.at(-1)?.report.state, "FAILED");

    plane.commit({ a: 1 }); // a rollback: the content of before

    await eventually(() => plane.reports.at(-1)?.report, {
      ...plane.reports.at(-1)?.report,
      state: "APPLIED",
      attempted: expect.objectContaining({ revision: 4, hash: plane.hash }) as never, // a matcher
      effective: expect.objectContaining({ revision: 4, hash: plane.hash }) as never,
      lastError: null,
    } as never);
    expect(config.status).toMatchObject({ revision: 4, effective: 4, lastError: undefined });
  });

  test("is not asked again about what was refused, however often it comes", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using config = await open(plane);
    let asked = 0;
    using _ = config.apply(() => {
      asked++;
      throw new Error("never");
    });
    await eventually(() => plane.streams, 1);
    plane.commit({ a: 2 });
    await eventually(() => config.status.revision, 3);

    plane.heartbeat();
    plane.reset("slow_consumer");
    plane.heartbeat();
    await eventually(() => bundlesAsked(plane), 2);
    plane.cutStreams();
    await eventually(
      () => plane.requests.filter(({ url }) => url.startsWith("/v1/watch")).length,
      2,
    );

    expect(asked).toBe(1);
  });

  test("of one takes back what the others had agreed to", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using config = await open(plane);
    const seen: unknown[] = [];
    config.apply((next) => void seen.push(next.get("a")));
    config.apply((next) => {
      if (next.get("a") === 2) throw new Error("not two");
    });
    await eventually(() => plane.streams, 1);

    plane.commit({ a: 2 });

    await eventually(() => config.status.revision, 3);
    expect(seen).toEqual([2, 1]);
  });

  test("may take its time: what comes meanwhile is tried after it, each in its turn", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using config = await open(plane);
    const first = Promise.withResolvers<void>();
    const seen: unknown[] = [];
    using _ = config.apply(async (next) => {
      seen.push(next.get("a"));
      if (seen.length === 1) await first.promise;
    });
    await eventually(() => plane.streams, 1);
    plane.commit({ a: 2 });
    await eventually(() => seen, [2]);

    for (let value = 3; value <= 5; value++) plane.commit({ a: value });
    first.resolve();

    await eventually(() => config.get("a"), 5);
    expect(seen).toEqual([2, 3, 4, 5]);
  });
});

describe("SDK-02 a schema", () => {
  test("that was asked for once keeps out later states that do not fit it", async () => {
    await using plane = await ControlPlane.start({ "inference/timeout": 30 });
    await using config = await open(plane);
    await eventually(() => plane.streams, 1);
    const first = config.get("inference/timeout", positive);

    plane.commit({ "inference/timeout": -1 });
    await eventually(() => config.status.revision, 3);

    expect([first, config.get("inference/timeout", positive)]).toEqual([30, 30]);
    await eventually(() => plane.reports.at(-1)?.report.lastError?.pointer, "/inference/timeout");
  });

  test("does not keep out a state where the key is gone: that is the server's to say", async () => {
    await using plane = await ControlPlane.start({ timeout: 30 });
    await using config = await open(plane);
    await eventually(() => plane.streams, 1);
    config.get("timeout", positive);

    plane.commit({ timeout: undefined });
    await eventually(() => config.status.effective, 3);

    expect(config.get("timeout", positive, 0)).toBe(0);
  });

  test("of the whole names the place of the first issue, as zod has it", async () => {
    await using plane = await ControlPlane.start({ "a/b": 1 });
    const schema = {
      parse(value: unknown): unknown {
        if (JSON.stringify(value).includes("13")) {
          throw Object.assign(new Error("too big"), { issues: [{ path: ["a", "b"] }] });
        }
        return value;
      },
    };
    await using config = await open(plane, { schema });
    await eventually(() => plane.streams, 1);

    plane.commit({ "a/b": 13 });

    await eventually(() => plane.reports.at(-1)?.report.lastError?.pointer, "/a/b");
    expect(config.current).toEqual({ a: { b: 1 } });
  });
});

describe("SDK-07 a secret", () => {
  test("is revealed when it is asked for, and its newest value", async () => {
    await using plane = await ControlPlane.start({ "secrets/key": new Sensitive("one") });
    await using config = await open(plane);
    await eventually(() => plane.streams, 1);

    const before = await handleIn(config).reveal();
    plane.commit({ "secrets/key": new Sensitive("two") });
    await eventually(() => config.status.effective, 3);

    expect([before, await handleIn(config).reveal()]).toEqual(["one", "two"]);
    expect(JSON.stringify(config.current)).toBe('{"secrets":{"key":"(sensitive)"}}');
  });
});

describe("SDK-04 SDK-05 while the server is away", () => {
  test("what was there goes on, says that it is old, and is proven again when it is back", async () => {
    const first = await ControlPlane.start({ a: 1 });
    await using config = await open(first);
    await eventually(() => first.streams, 1);
    const port = Number(new URL(first.url).port);
    await first[Symbol.asyncDispose]();

    await eventually(() => config.status.lastError?.reason, "OFFLINE_MISS");
    const during = config.get("a");
    await using again = await ControlPlane.start({ a: 1 }, port);
    again.commit({ a: 2 });

    expect(during).toBe(1);
    await eventually(() => config.get("a"), 2);
    expect(config.status.lastError).toBeUndefined();
  });

  test("N6 a start takes the last good state from disk, and catches up later", async () => {
    await using folder = await temporaryFolder();
    const store = await openLastGoodStore({ dir: folder.path, token: TOKEN });
    const first = await ControlPlane.start({ a: 1 });
    const port = Number(new URL(first.url).port);
    const before = await open(first, { store });
    await eventually(() => first.reports.length, 1);
    await before[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();

    await using config = await open(first, { store });

    expect(config.get("a")).toBe(1);
    expect(config.status).toMatchObject({
      revision: 2,
      effective: 2,
      freshness: "STALE",
      source: "disk",
      lastError: { reason: "OFFLINE_MISS" },
    });
    await using again = await ControlPlane.start({ a: 1 }, port);
    again.commit({ a: 2 });
    await eventually(() => config.get("a"), 2);
    expect(config.status).toMatchObject({ freshness: "FRESH", lastError: undefined });
    expect(again.reports.at(-1)?.id ?? first.reports[0]?.id).toBe(first.reports[0]?.id);
  });

  test("a start also takes it where the server's own state is refused", async () => {
    await using folder = await temporaryFolder();
    const store = await openLastGoodStore({ dir: folder.path, token: TOKEN });
    await using plane = await ControlPlane.start({ a: 1 });
    const schema = { parse: (value: unknown) => positive.parse((value as { a: number }).a) }; // as set above
    await (await open(plane, { store, schema }))[Symbol.asyncDispose]();
    plane.commit({ a: 0 });

    await using config = await open(plane, { store, schema });

    expect(config.current).toBe(1);
    expect(config.status).toMatchObject({ revision: 3, effective: 2 });
    await eventually(() => plane.reports.at(-1)?.report.state, "FAILED");
    expect(plane.reports.at(-1)?.report).toMatchObject({
      state: "FAILED",
      attempted: { revision: 3 },
      effective: { revision: 2 },
    });
  });

  test("a state on disk never stands against a refusal", async () => {
    await using folder = await temporaryFolder();
    const store = await openLastGoodStore({ dir: folder.path, token: TOKEN });
    await using plane = await ControlPlane.start({ a: 1 });
    await (await open(plane, { store }))[Symbol.asyncDispose]();
    plane.intercept = (_request, response) => {
      sendProblem(response, { status: 401, reason: "UNAUTHENTICATED" });
      return true;
    };

    await expect(open(plane, { store })).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
  });
});

function open<T>(
  { url }: ControlPlane,
  options: Partial<ConnectOptions<T>> = {},
): Promise<ConnectedConfig<T>> {
  return connect<T>({ addr: url, token: TOKEN, env: ENV, service: SERVICE, ...options });
}

function bundlesAsked({ requests }: ControlPlane): number {
  return requests.filter(({ url }) => url.startsWith("/v1/bundles")).length;
}

function handleIn(config: ConnectedConfig<unknown>): SecretHandle {
  return config.get("secrets/key") as SecretHandle; // it is sensitive
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "llmcfg-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
