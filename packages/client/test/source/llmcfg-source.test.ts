import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LlmcfgSource, type LlmcfgSourceOptions, llmcfgSource } from "@llmcfg/client/source";
import { openLastGoodStore } from "@llmcfg/client/store";
import {
  type ConfigError,
  ConfigLoader,
  Duration,
  defineSchema,
  type Located,
  type SourceContent,
  type SourceRead,
} from "@llmcfg/config";
import { cached } from "@llmcfg/config/secrets";
import type { SourceDocument } from "@llmcfg/config/sources";
import type { Json } from "@llmcfg/core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { bundleOf, ENV, SERVICE, Sensitive } from "../support/bundles.ts";
import { ControlPlane, Referring } from "../support/control-plane.ts";
import { eventually, PATIENCE } from "../support/eventually.ts";
import { sendProblem } from "../support/serve.ts";
import { CERTIFICATE, serveOverTls } from "../support/serve-tls.ts";

const TOKEN = "llmcfg_sa_0123";

describe("LCS-1 the layer", () => {
  test("is the nested form of the bundle, every leaf with who set it, when and where", async () => {
    await using plane = await ControlPlane.start({ "routing/policy": { version: 1 }, limit: 5 });
    await using source = sourceOf(plane);

    const content = requireContent(await read(source));

    expect(toJson(content.tree)).toEqual({ routing: { policy: { version: 1 } }, limit: 5 });
    expect(content).toMatchObject({ revision: "2", hash: plane.hash });
    expect(nodeAt(content.tree, "routing", "policy", "version").at).toEqual({
      kind: "remote",
      url: `${plane.url}/v1/configs/production/ml-service`,
      key: "routing/policy",
      revision: "r2",
      layer: "production",
      author: "user:dev",
      at: "2026-11-22T02:20:01.114Z",
    });
  });

  test("of a folder has the keys below it, by the rest of their names", async () => {
    await using plane = await ControlPlane.start({
      "gateway/a/b": 1,
      "gateway/c": 2,
      gatewayx: 3,
      other: 4,
    });
    await using source = sourceOf(plane, { prefix: "gateway/" });

    const content = requireContent(await read(source));

    expect(toJson(content.tree)).toEqual({ a: { b: 1 }, c: 2 });
    expect(source.id).toBe("llmcfg:production/ml-service/gateway");
  });

  test("leaves out what is only referred to, by default all secrets", async () => {
    await using plane = await ControlPlane.start({
      "secrets/key": new Sensitive("s3cr3t"),
      "secrets/plain": 1,
      a: 1,
      b: 2,
    });

    await using byDefault = sourceOf(plane);
    await using chosen = sourceOf(plane, { omit: ["b"] });

    expect(toJson(requireContent(await read(byDefault)).tree)).toEqual({ a: 1, b: 2 });
    expect(toJson(requireContent(await read(chosen)).tree)).toEqual({
      a: 1,
      secrets: { key: "${secret://llmcfg/secrets/key}", plain: 1 },
    });
  });

  test("of one key is its object", async () => {
    await using plane = await ControlPlane.start({ "gateway/config": { port: 80 }, other: 1 });
    await using source = sourceOf(plane, { key: "gateway/config" });

    expect(toJson(requireContent(await read(source)).tree)).toEqual({ port: 80 });
  });

  test.each([
    ["gateway.yaml", "server:\n  port: 80\n"],
    ["gateway.toml", "\n[server]\nport = 80\n"],
    ["gateway.json", '{\n  "server": {"port": 80}\n}'],
  ])("of the document %s is what it parses to, with lines", async (key, text) => {
    await using plane = await ControlPlane.start({ [key]: text });
    await using source = sourceOf(plane, { key });

    const content = requireContent(await read(source));

    expect(toJson(content.tree)).toEqual({ server: { port: 80 } });
    expect(nodeAt(content.tree, "server", "port").at).toMatchObject({
      kind: "remote",
      key,
      revision: "r2",
    });
    expect(nodeAt(content.tree, "server", "port").at).toHaveProperty("line");
  });

  test("LOAD-18 of a document is what the parser of the loader makes of it, whole: with its text, and with what makes it again", async () => {
    const text = "server:\n  port: 80\n";
    await using plane = await ControlPlane.start({ "gateway.yaml": text });
    await using source = sourceOf(plane, { key: "gateway.yaml" });
    const asked: SourceDocument[] = [];
    const tree: Located = { type: "object", entries: new Map(), at: { kind: "default" } };
    const reread = { now: () => ({ tree }), later: async () => ({ tree }) };
    const parsed = { state: "ok", tree, texts: new Map([["its name", text]]), reread } as const;
    const { signal } = new AbortController();

    const read = await source.read({
      previous: undefined,
      field: () => undefined,
      parse: async (document) => {
        asked.push(document);
        return parsed;
      },
      signal,
    });

    const url = `${plane.url}/v1/configs/${ENV}/${SERVICE}`;
    expect(read).toMatchObject({ ...parsed, revision: "2" });
    expect(asked).toMatchObject([
      { format: "yaml", at: { kind: "remote", url, key: "gateway.yaml", revision: "r2" } },
    ]);
    expect(asked.map(textOf)).toEqual([text]);
  });

  test.each([
    ["there is no such key", { other: 1 }, "missing"],
    ["it is sensitive", { key: new Sensitive("x") }, "unreadable"],
    ["it is empty", { key: "" }, "empty"],
    ["it is no mapping", { key: "- 1\n- 2" }, "malformed"],
  ])("of one key is none where %s", async (_what, values, state) => {
    await using plane = await ControlPlane.start(values);
    await using source = sourceOf(plane, { key: "key" });

    expect((await read(source)).state).toBe(state);
  });

  test("is unchanged while the hash of the service is", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane);
    const first = requireContent(await read(source));

    const same = await read(source, first);
    plane.commit({ a: 2 });
    const other = await read(source, first);

    expect(same).toEqual({ state: "unchanged" });
    expect(other.state).toBe("ok");
  });

  test("is of one revision, though two are asked for while others write", async () => {
    const mark = "${env:HOME}"; // so that both forms are asked for
    await using plane = await ControlPlane.start({ a: 1, b: new Referring("${ref:a}", 1), mark });
    await using source = sourceOf(plane);
    let value = 1;
    plane.intercept = (request) => {
      const isSecond = request.url.includes("references=keep") && !request.url.includes("at=");
      if (isSecond) plane.commit({ a: ++value, b: new Referring("${ref:a}", value) });
      return undefined;
    };

    const { a, b } = toJson(requireContent(await read(source)).tree) as { a: number; b: number }; // as above

    expect(b).toBe(a);
    expect(plane.requests.at(-1)?.url).toContain("at=");
  });

  test("with a bundle that does not have its hash is not taken", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    plane.intercept = (_request, response) => {
      const bundle = bundleOf(2, { a: 1 });
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ...bundle, hash: `sha256:${"0".repeat(64)}` }));
      return true;
    };
    await using source = sourceOf(plane);

    expect(await read(source)).toMatchObject({
      state: "unstable",
      cause: { reason: "INTEGRITY_FAILED" },
    });
  });
});

describe("LCS-5 references", () => {
  const VALUES = {
    host: "db.internal",
    "secrets/key": new Sensitive("sk-1"),
    key: new Referring("${secret:secrets/key}", new Sensitive("sk-1")),
    url: new Referring("http://${ref:host}/x", "http://db.internal/x"),
    mixed: new Referring(
      { plain: 1, header: "Bearer ${secret:secrets/key}" },
      new Sensitive({ plain: 1, header: "Bearer sk-1" }),
    ),
    "page.yaml": "at: ${HOME}\n",
  };

  test("are in the grammar of the library, or expanded, or secrets of their own place", async () => {
    await using plane = await ControlPlane.start(VALUES);
    await using source = sourceOf(plane);

    const content = requireContent(await read(source));

    expect(toJson(content.tree)).toEqual({
      host: "db.internal",
      key: "${secret://llmcfg/secrets/key}",
      url: "http://db.internal/x",
      mixed: { plain: 1, header: "${secret://llmcfg/mixed#header}" },
      "page.yaml": "at: ${HOME}\n",
    });
  });

  test("are asked for as text where there may be any, and only there", async () => {
    await using plane = await ControlPlane.start(VALUES);
    await using all = sourceOf(plane);
    await using folder = sourceOf(plane, { prefix: "elsewhere" });

    await read(all);
    await read(folder);

    expect(plane.requests.map(({ url }) => new URL(url, plane.url).search)).toEqual([
      "?meta=true",
      "?minRevision=2&references=keep&meta=true",
      "?meta=true",
    ]);
  });

  test("of a document are text, and come out as text", async () => {
    await using plane = await ControlPlane.start({ "page.yaml": "at: ${HOME}\n" });
    plane.intercept = (request, response) => {
      if (!request.url.startsWith("/v1/bundles")) return undefined;
      const bundle = bundleOf(2, { "page.yaml": "at: ${HOME}\n" });
      const described = { ...bundle.meta["page.yaml"], type: "document" };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ...bundle, meta: { "page.yaml": described } }));
      return true;
    };
    await using source = sourceOf(plane);

    const content = requireContent(await read(source));

    expect(toJson(content.tree)).toEqual({ "page.yaml": "at: $${HOME}\n" });
  });

  test("SM-14 are revealed by the source's own manager", async () => {
    await using plane = await ControlPlane.start(VALUES);
    await using source = sourceOf(plane);
    await read(source);

    const found = await source.secrets.getSecrets(["secrets/key", "nope"]);
    const member = await source.secrets.getSecret("mixed", { key: "header" });

    const key = found.get("secrets/key");
    expect(key !== undefined && "bytes" in key && textOf(key)).toBe("sk-1");
    expect(found.get("nope")).toMatchObject({
      code: "secret_not_found",
    } satisfies Partial<ConfigError>);
    expect(textOf(member)).toBe("Bearer sk-1");
  });

  test("to other services name them, and are read there", async () => {
    await using plane = await ControlPlane.start({});
    await using source = sourceOf(plane);

    await source.secrets.getSecret("shared:keys/openai").catch(() => {});
    await source.secrets.getSecret("db", { version: "3" }).catch(() => {});

    expect(plane.requests.map(({ url }) => url)).toEqual([
      "/v1/configs/production/shared/keys/openai?reveal=true",
      "/v1/versions/production/ml-service/db?version=3&reveal=true",
    ]);
  });

  test("SM-9 are read again once their hash in the bundle is another, not before", async () => {
    await using plane = await ControlPlane.start({ "secrets/key": new Sensitive("one") });
    await using source = sourceOf(plane);
    await read(source);
    const reveals = () => plane.requests.filter(({ url }) => url.includes("reveal=true")).length;

    const one = textOf(await source.secrets.getSecret("secrets/key"));
    await source.secrets.getSecret("secrets/key");
    plane.commit({ "secrets/key": new Sensitive("two") });
    await read(source);
    const two = textOf(await source.secrets.getSecret("secrets/key"));
    const once = reveals();
    await source.secrets.getSecret("secrets/key", { bypassCache: true });

    expect([one, two, once, reveals()]).toEqual(["one", "two", 2, 3]);
  });

  test("SM-9 are never kept beyond their change by a cache above", async () => {
    await using plane = await ControlPlane.start({ "secrets/key": new Sensitive("one") });
    await using source = sourceOf(plane);
    await read(source);
    await using above = cached(source.secrets, { ttl: Duration.parse("1h") });

    const one = textOf(await above.getSecret("secrets/key"));
    plane.commit({ "secrets/key": new Sensitive("two") });
    await read(source);

    expect([one, textOf(await above.getSecret("secrets/key"))]).toEqual(["one", "two"]);
  });

  test("that fail quote no value, and say what the server says", async () => {
    await using plane = await ControlPlane.start({
      "secrets/key": new Sensitive({ user: "s3cr3t" }),
    });
    await using source = sourceOf(plane);

    const member = source.secrets.getSecret("secrets/key", { key: "nope" });
    await expect(member).rejects.toThrow('the secret secrets/key has no member "nope"');
    plane.intercept = (_request, response) => {
      sendProblem(response, { status: 403, reason: "POLICY_DENIED" });
      return true;
    };
    const denied = source.secrets.getSecret("other");
    await expect(denied).rejects.toMatchObject({
      code: "secret_denied",
      message: "POLICY_DENIED it is (POLICY_DENIED)",
    });
  });
});

describe("LCS-2 watching", () => {
  test("signals each revision as whole, and a read then has it", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane);
    const first = requireContent(await read(source));
    await using watching = await watch(source);
    await eventually(() => plane.streams, 1);

    plane.commit({ a: 2 });

    await eventually(() => watching.hints, [{ reason: "revision 3", whole: true }]);
    const asked = plane.requests.length;
    const content = requireContent(await read(source, first));
    expect(toJson(content.tree)).toEqual({ a: 2 });
    expect(content).toMatchObject({ revision: "3", hash: plane.hash });
    expect(nodeAt(content.tree, "a").at).toMatchObject({ revision: "r3", author: "user:dev" });
    expect(plane.requests).toHaveLength(asked); // the stream has brought it
  });

  test("signals nothing while nothing changes", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane);
    await read(source);
    await using watching = await watch(source);
    await eventually(() => plane.streams, 1);

    plane.heartbeat();
    plane.cutStreams();
    await eventually(
      () => plane.requests.filter(({ url }) => url.startsWith("/v1/watch")).length,
      2,
    );
    plane.heartbeat();
    await eventually(() => source.status.source, "stream");

    expect(watching.hints).toEqual([]);
  });

  test("resumes from what was read, though the watch begins later", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane);
    await read(source);
    plane.commit({ a: 2 });
    plane.commit({ a: 3 });

    await using watching = await watch(source);

    const reasons = () => watching.hints.map(({ reason }) => reason).slice(0, 2);
    await expect.poll(reasons, PATIENCE).toEqual(["revision 3", "revision 4"]);
  });

  test("says so when the server refuses it, and goes on to be asked", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane);
    await read(source);
    plane.intercept = (_request, response) => {
      sendProblem(response, { status: 401, reason: "UNAUTHENTICATED" });
      return true;
    };

    await using watching = await watch(source);

    await eventually(() => watching.hints.length, 1);
    expect(source.status.lastError?.reason).toBe("UNAUTHENTICATED");
  });

  test("ends when it is told to: no stream is left open", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane);
    await read(source);
    const watching = await watch(source);
    await eventually(() => plane.streams, 1);

    await watching[Symbol.asyncDispose]();

    await expect.poll(() => plane.streams, PATIENCE).toBe(0);
  });
});

describe("LCS-3 reports", () => {
  test("LAW-20 received is not applied: nothing is reported before the library says so", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane, { agentId: "gw-1", labels: { zone: "a" } });
    const { hash } = requireContent(await read(source));

    const before = plane.reports.length;
    await source.report?.({ result: "applied", hash });

    expect(before).toBe(0);
    await eventually(() => plane.reports.length, 1);
    expect(plane.reports[0]).toMatchObject({
      id: "gw-1",
      report: {
        state: "APPLIED",
        scope: [{ env: ENV, service: SERVICE }],
        effective: { revision: 2, hash: plane.hash },
        lastError: null,
        freshness: "FRESH",
        labels: { zone: "a" },
      },
    });
  });

  test("a refusal has its path and its reason, and leaves what is effective", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane);
    const first = requireContent(await read(source));
    await source.report?.({ result: "applied", hash: first.hash });
    plane.commit({ a: 2 });
    const second = requireContent(await read(source, first));

    await source.report?.({
      result: "refused",
      revision: second.revision ?? "",
      path: 'routing.rules[cheap]."a.b"[0]',
      pointer: "/routing/rules/2/a.b/0",
      reason: "the provider does not exist",
    });

    await eventually(() => plane.reports.at(-1)?.report.state, "FAILED");
    expect(plane.reports.at(-1)?.report).toMatchObject({
      attempted: { revision: 3, hash: plane.hash },
      effective: { revision: 2, hash: first.hash },
      lastError: {
        reason: "RULE_VIOLATION",
        detail: "the provider does not exist",
        pointer: "/routing/rules/2/a.b/0",
        revision: 3,
      },
    });
  });

  test("an unchanged reload reports the newer revision of the same content", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane);
    const first = requireContent(await read(source));
    plane.commit({ a: 2 });
    plane.commit({ a: 1 });

    const again = await read(source, first);
    await source.report?.({ result: "applied", hash: first.hash });

    expect(again).toEqual({ state: "unchanged" });
    await eventually(() => plane.reports.at(-1)?.report.effective?.revision, 4);
  });

  test("speak of the whole service, whatever part of it is the layer", async () => {
    await using plane = await ControlPlane.start({
      "gateway/a": 1,
      "secrets/k": new Sensitive("x"),
    });
    await using source = sourceOf(plane, { prefix: "gateway" });
    const { hash } = requireContent(await read(source));

    await source.report?.({ result: "applied", hash });

    const effective = () => plane.reports.at(-1)?.report.effective?.hash;
    await expect.poll(effective, PATIENCE).toBe(plane.hash);
  });

  test("of what was never read here are none", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane);
    await read(source);

    await source.report?.({ result: "applied", hash: "sha256:other" });
    await source[Symbol.asyncDispose]();

    expect(plane.reports).toEqual([]);
  });
});

describe("LOAD-17 a read that fails", () => {
  test("is unreachable while the server is away", async () => {
    const plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane);
    const first = requireContent(await read(source));
    await plane[Symbol.asyncDispose]();

    expect(await read(source, first)).toMatchObject({
      state: "unreachable",
      cause: { reason: "OFFLINE_MISS" },
    });
  });

  test.each([
    [404, "SERVICE_NOT_FOUND", "missing"],
    [401, "UNAUTHENTICATED", "unreadable"],
    [403, "POLICY_DENIED", "unreadable"],
    [422, "DANGLING_REFERENCE", "unreadable"],
    [500, "INTERNAL", "unreachable"],
    [503, "REVISION_NOT_REACHED", "unreachable"],
  ])("with %d %s is %s", async (status, reason, state) => {
    await using plane = await ControlPlane.start({});
    plane.intercept = (_request, response) => {
      sendProblem(response, { status, reason, retryAfter: 1 });
      return true;
    };
    await using source = sourceOf(plane);

    expect(await read(source)).toMatchObject({ state, cause: { reason } });
  });
});

describe("LOAD-11 LCS-2 with a store", () => {
  test("a start while the server is away takes what was applied last, secrets too, and says so", async () => {
    await using folder = await temporaryFolder();
    const store = await openLastGoodStore({ dir: folder.path, token: TOKEN });
    const plane = await ControlPlane.start({ a: 1, "secrets/key": new Sensitive("sk-1") });
    {
      await using source = sourceOf(plane, { store });
      const { hash } = requireContent(await read(source));
      await source.secrets.getSecret("secrets/key");
      await source.report?.({ result: "applied", hash });
    }
    await plane[Symbol.asyncDispose]();

    await using source = sourceOf(plane, { store });
    const content = requireContent(await read(source));

    expect(toJson(content.tree)).toEqual({ a: 1 });
    expect(textOf(await source.secrets.getSecret("secrets/key"))).toBe("sk-1");
    expect(source.status).toMatchObject({
      revision: 2,
      freshness: "STALE",
      source: "disk",
      lastError: { reason: "OFFLINE_MISS" },
    });
    expect(await read(source, content)).toMatchObject({ state: "unreachable" });
  });

  test("what was read and refused is not what a start falls back to", async () => {
    await using folder = await temporaryFolder();
    const store = await openLastGoodStore({ dir: folder.path, token: TOKEN });
    const plane = await ControlPlane.start({ a: 1 });
    {
      await using source = sourceOf(plane, { store });
      const first = requireContent(await read(source));
      await source.report?.({ result: "applied", hash: first.hash });
      plane.commit({ a: 2 });
      const second = requireContent(await read(source, first));
      await source.report?.({ result: "refused", revision: second.revision ?? "", reason: "no" });
    }
    await plane[Symbol.asyncDispose]();

    await using source = sourceOf(plane, { store });

    expect(toJson(requireContent(await read(source)).tree)).toEqual({ a: 1 });
  });

  test("what is on disk never stands against a refusal", async () => {
    await using folder = await temporaryFolder();
    const store = await openLastGoodStore({ dir: folder.path, token: TOKEN });
    await using plane = await ControlPlane.start({ a: 1 });
    {
      await using source = sourceOf(plane, { store });
      const { hash } = requireContent(await read(source));
      await source.report?.({ result: "applied", hash });
    }
    plane.intercept = (_request, response) => {
      sendProblem(response, { status: 403, reason: "POLICY_DENIED" });
      return true;
    };

    await using source = sourceOf(plane, { store });

    expect(await read(source)).toMatchObject({ state: "unreadable" });
  });
});

test.each<[string, Partial<LlmcfgSourceOptions>, string]>([
  [
    "an authority that is none",
    { addr: "https://127.0.0.1", ca: "-----BEGIN" },
    "INVALID_ARGUMENT",
  ],
  ["an authority for plain HTTP", { ca: CERTIFICATE }, "INVALID_ARGUMENT"],
  [
    "an authority beside a fetch",
    { addr: "https://127.0.0.1", ca: CERTIFICATE, fetch },
    "INVALID_ARGUMENT",
  ],
  ["prefix and key together", { prefix: "a", key: "b" }, "INVALID_ARGUMENT"],
  ["a selector that is none", { omit: ["a/**/b"] }, "INVALID_ARGUMENT"],
  ["an address that is none", { addr: "llmcfg" }, "INVALID_ARGUMENT"],
])("%s is refused at once", (_what, options, reason) => {
  const create = () =>
    llmcfgSource({
      addr: "http://127.0.0.1:1",
      token: TOKEN,
      env: ENV,
      service: SERVICE,
      ...options,
    });

  expect(create).toThrow(expect.objectContaining({ reason }));
});

test("LCS-1 a server whose certificate an authority of one's own signed is read and watched", async () => {
  await using plane = await ControlPlane.start({ a: 1 });
  await using tls = await serveOverTls(plane.url);
  await using source = sourceOf(plane, { addr: tls.url, ca: CERTIFICATE });

  const first = requireContent(await read(source));
  await using watching = await watch(source);
  await eventually(() => plane.streams, 1);
  plane.commit({ a: 2 });
  await eventually(() => watching.hints, [{ reason: "revision 3", whole: true }]);
  const second = requireContent(await read(source, first));

  expect([first.revision, second.revision]).toEqual(["2", "3"]);
  expect(plane.requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
});

test("a server whose certificate nobody trusts gets no credential", async () => {
  await using plane = await ControlPlane.start({ a: 1 });
  await using tls = await serveOverTls(plane.url);
  await using source = sourceOf(plane, { addr: tls.url });

  expect(await read(source)).toMatchObject({
    state: "unreachable",
    cause: { reason: "OFFLINE_MISS" },
  });
  expect(plane.requests).toEqual([]);
});

function sourceOf({ url }: ControlPlane, options: Partial<LlmcfgSourceOptions> = {}): LlmcfgSource {
  return llmcfgSource({ addr: url, token: TOKEN, env: ENV, service: SERVICE, ...options });
}

function read(source: LlmcfgSource, previous?: SourceContent): Promise<SourceRead> {
  const { signal } = new AbortController();
  return source.read({ previous, field: () => undefined, signal });
}

function requireContent(result: SourceRead): SourceContent {
  if (result.state === "ok") return result;
  throw new Error(`the read ended ${result.state}`, { cause: result });
}

async function watch(source: LlmcfgSource) {
  const hints: { readonly reason: string; readonly whole?: boolean }[] = [];
  const stopping = new AbortController();
  const watching = await source.watch?.({
    signal: (hint) => void (hint !== undefined && hints.push(hint)),
    aborted: stopping.signal,
    pollInterval: Duration.parse("30s"),
  });
  return {
    hints,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching?.[Symbol.asyncDispose]();
    },
  };
}

function nodeAt(tree: Located, ...names: readonly string[]): Located {
  return names.reduce((node, name) => {
    const next = node.type === "object" ? node.entries.get(name) : undefined;
    if (next === undefined) throw new Error(`there is no ${name}`);
    return next;
  }, tree);
}

function toJson(tree: Located): Json {
  if (tree.type === "scalar") return tree.value;
  if (tree.type === "array") return tree.items.map(toJson);
  return Object.fromEntries([...tree.entries].map(([name, node]) => [name, toJson(node)]));
}

function textOf({ bytes }: { readonly bytes: Uint8Array }): string {
  return new TextDecoder().decode(bytes);
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "llmcfg-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

describe("CHK-8 the doctor", () => {
  test("finds a server that answers, and its time", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane);

    const findings = await source.doctor?.();

    expect(findings).toEqual([
      { id: "CHK-8", result: "pass", message: `${source.id} answers` },
      { id: "CHK-8", result: "pass", message: `the clocks of ${source.id} and this machine agree` },
    ]);
    expect(source.status.revision).toBeUndefined(); // it was not read
  });

  test("finds that a server refuses, and that its clock is late", async () => {
    await using plane = await ControlPlane.start({ a: 1 });
    plane.intercept = (_request, response) => {
      response.setHeader("date", new Date(Date.now() - 600_000).toUTCString());
      sendProblem(response, { status: 403, reason: "POLICY_DENIED" });
      return true;
    };
    await using source = sourceOf(plane);

    const findings = await source.doctor?.();

    expect(findings).toEqual([
      {
        id: "CHK-8",
        result: "fail",
        message: `${source.id}: POLICY_DENIED it is (POLICY_DENIED)`,
        fix: "check address, network, token and permissions",
      },
      {
        id: "CHK-8",
        result: "warn",
        message: expect.stringMatching(/^this machine is (59|60)\d s ahead of llmcfg:/),
        fix: "synchronise the clocks (NTP)",
      },
    ]);
  });

  test("finds that nobody answers, and knows no time then", async () => {
    const plane = await ControlPlane.start({ a: 1 });
    await using source = sourceOf(plane);
    await plane[Symbol.asyncDispose]();

    const findings = await source.doctor?.();

    expect(findings).toMatchObject([
      { id: "CHK-8", result: "fail", message: expect.stringContaining("OFFLINE_MISS") },
    ]);
  });
});

test("LCS-4 LOAD-2 the control plane ranks below the environment and above files, wherever it is added", async () => {
  await using plane = await ControlPlane.start({ greeting: "plane", name: "plane" });
  await using source = sourceOf(plane);
  const root = z.strictObject({ greeting: z.string(), name: z.string() });
  const schema = defineSchema({ name: "greeter", envPrefix: "GREETER_", root });
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-rank-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true }));
  const file = join(folder, "greeter.yaml");
  await writeFile(file, "greeting: file\nname: file\n");

  const loader = new ConfigLoader(schema)
    .addEnv({ variables: { GREETER_NAME: "environment" } })
    .addSource(source)
    .addFile(file);
  const { config } = await loader.load();

  expect(config).toEqual({ greeting: "plane", name: "environment" });
  expect(loader.precedence().map(({ kind }) => kind)).toEqual([
    "overrides",
    "environment",
    "llmcfg",
    "file",
    "default",
  ]);
});
