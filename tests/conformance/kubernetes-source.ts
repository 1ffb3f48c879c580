import { describe, expect, test } from "vitest";
import type { ConfigManager, SourceStatus } from "../../packages/config/src/config-manager.ts";
import { kubernetesRbac } from "../../packages/config/src/sources/kubernetes/kubernetes-rbac.ts";
import type { SecretRef } from "../../packages/config/src/values/secret-ref.ts";
import { until } from "../../packages/config/test/support/until.ts";
import { CuttableProxy } from "../support/cuttable-proxy.ts";
import {
  type Cluster,
  callApi,
  pathOf,
  putObject,
  removeObject,
} from "../support/services/kubernetes.ts";
import { accountToken, applyRbac } from "../support/services/kubernetes-rights.ts";
import {
  loaderOf,
  managerOf,
  podIn,
  readOnce,
  sourceOf,
  watchOf,
} from "../support/services/kubernetes-sources.ts";
import { type OpenedDocument, testDocumentSource } from "./ports/config-source.ts";

/** What the Kubernetes source promises on any API server. Objects have names of their own. */
export function kubernetesSourceSuite(name: string, cluster: () => Cluster): void {
  let opened = 0;
  testDocumentSource(`a ConfigMap on ${name}`, () => openSource(cluster(), `port-${opened++}`));

  describe(`the Kubernetes source on ${name}`, () => {
    test("K8S-2 LOAD-1 LOAD-12 one key is a document, and each value knows where it stands", async () => {
      const data = { "gateway.toml": '[server]\nhost = "toml"\n', other: "not read: [" };
      await putObject(cluster(), { name: "one-key", data });
      const options = { name: "one-key", key: "gateway.toml" };
      await using source = sourceOf(podIn(cluster()), options);

      const loaded = await loaderOf(source).load();
      const read = await readOnce(source);

      expect(source.id).toBe("kubernetes:default/configmap/one-key/gateway.toml");
      expect(loaded.config.server.host).toBe("toml");
      const revision = read.state === "ok" ? read.revision : undefined;
      expect(revision).toMatch(/^[0-9]+$/);
      expect(loaded.explain("server.host").layers[0]).toMatchObject({
        source: source.id,
        position: {
          kind: "remote",
          url: `${cluster().url}${pathOf("configmaps", "one-key")}`,
          key: "gateway.toml",
          revision,
          line: 2,
          column: 8,
        },
      });
    });

    test("K8S-2 all keys are layers in byte order, later ones stronger", async () => {
      const data = {
        "10-base.yaml": "server: {host: base, port: 1000}\nrouting: {strategy: rr}",
        "20-site.json": '{"server": {"host": "site"}}',
        "B.yml": "server: {port: 2000}",
        "README.md": "# no document: [",
        ".hidden.yaml": "no: [",
      };
      await putObject(cluster(), { name: "all-keys", data });
      await using source = sourceOf(podIn(cluster()), { name: "all-keys" });

      const loaded = await loaderOf(source).load();

      expect(loaded.config.server).toMatchObject({ host: "site", port: 2000 });
      expect(loaded.config.routing.strategy).toBe("round_robin");
      const id = "kubernetes:default/configmap/all-keys";
      const sources = (path: string) => loaded.explain(path).layers.map((layer) => layer.source);
      expect(sources("server.port").slice(0, 2)).toEqual([id, `${id}/10-base.yaml`]);
      expect(sources("server.host").slice(0, 2)).toEqual([
        `${id}/20-site.json`,
        `${id}/10-base.yaml`,
      ]);
    });

    test("K8S-2 binaryData is UTF-8, and anything else is refused", async () => {
      const good = Buffer.from("server: {host: zürich}").toString("base64");
      const bad = Buffer.from([0x61, 0xff]).toString("base64");
      const binaryData = { "good.yaml": good, "bad.yaml": bad };
      await putObject(cluster(), { name: "binary", binaryData });
      const pod = podIn(cluster());
      await using right = sourceOf(pod, { name: "binary", key: "good.yaml" });
      await using wrong = sourceOf(pod, { name: "binary", key: "bad.yaml" });

      const { config } = await loaderOf(right).load();
      const refused = await readOnce(wrong);

      expect(config.server.host).toBe("zürich");
      expect(refused).toMatchObject({ state: "malformed", findings: [{ code: "not_utf8" }] });
    });

    test("LOAD-17 K8S-2 what is absent is missing, what holds nothing is empty", async () => {
      const data = { "empty.yaml": "# only this\n", "notes.txt": "hello" };
      await putObject(cluster(), { name: "gaps", data });
      await putObject(cluster(), { name: "no-documents", data: { "notes.txt": "hello" } });
      const pod = podIn(cluster());
      const stateOf = async (options: Parameters<typeof sourceOf>[1]) => {
        await using source = sourceOf(pod, options);
        return (await readOnce(source)).state;
      };

      expect(await stateOf({ name: "nowhere" })).toBe("missing");
      expect(await stateOf({ name: "gaps", key: "gateway.yaml" })).toBe("missing");
      expect(await stateOf({ name: "no-documents" })).toBe("missing");
      expect(await stateOf({ name: "gaps", key: "empty.yaml" })).toBe("empty");
      expect(await stateOf({ name: "gaps" })).toBe("empty");
    });

    test("LOAD-17 an object that is as it was, or says what it said, is unchanged", async () => {
      const data = { "gateway.yaml": "server: {host: same}" };
      await putObject(cluster(), { name: "same", data });
      await using source = sourceOf(podIn(cluster()), { name: "same" });
      const first = await readOnce(source);
      if (first.state !== "ok") throw new Error("it is there");
      const { signal } = new AbortController();
      const previous = { identity: first.identity, hash: first.hash };

      const again = await source.read({ previous, field: () => undefined, signal });
      await putObject(cluster(), { name: "same", data, annotations: { touched: "yes" } });
      const touched = await source.read({ previous, field: () => undefined, signal });

      expect(again).toEqual({ state: "unchanged" });
      expect(touched).toEqual({ state: "unchanged" });
    });

    test("K8S-1 K8S-4 an applied object reloads, a deleted one degrades, a new one recovers", async () => {
      const put = (host: string) =>
        putObject(cluster(), { name: "life", data: { "g.yaml": `server: {host: ${host}}` } });
      await put("first");
      await using manager = await managerOf(sourceOf(podIn(cluster()), { name: "life" }));
      const failed: unknown[] = [];
      manager.events.addEventListener("reload_failed", (event) =>
        failed.push((event as CustomEvent).detail),
      );

      await put("second");
      await until("the second host", () => manager.current().server.host === "second");
      await removeObject(cluster(), { name: "life" });
      await until("the failure", () => failed.length > 0);
      const whileDeleted = { host: manager.current().server.host, health: manager.status.health };
      await put("third");
      await until("the third host", () => manager.current().server.host === "third");
      await until("health", () => manager.status.health === "ok");

      const triggers = manager.history.list().map(({ trigger }) => trigger);

      expect(triggers).toContain("kubernetes");
      expect(JSON.stringify(failed[0])).toContain("source_missing");
      expect(whileDeleted).toEqual({ host: "second", health: "degraded" });
      expect(statusOf(manager)).toMatchObject({ state: "ok", watching: "stream" });
    });

    test("K8S-3 what was read already is no change, nor is one of something else", async () => {
      const put = (host: string, annotations = {}) => {
        const data = { "g.yaml": `server: {host: ${host}}` };
        return putObject(cluster(), { name: "quiet", data, annotations });
      };
      await put("first");
      await using source = sourceOf(podIn(cluster()), { name: "quiet", key: "g.yaml" });
      await readOnce(source);
      await using watched = await watchOf(source);

      await put("first", { touched: "yes" });
      await put("second");
      await until("the change", () => watched.told.length > 0);
      await removeObject(cluster(), { name: "quiet" });
      await until("the deletion", () => watched.told.length > 1);

      expect(watched.told).toEqual(["changed", "deleted"]);
    });

    test("K8S-3 what changes between the read and the watch is not lost", async () => {
      const put = (host: string) =>
        putObject(cluster(), { name: "between", data: { "g.yaml": `server: {host: ${host}}` } });
      await put("first");
      await using source = sourceOf(podIn(cluster()), { name: "between" });
      await readOnce(source);
      await put("second");

      await using watched = await watchOf(source);
      await until("the change", () => watched.told.length > 0);

      expect(watched.told).toEqual(["changed"]);
    });

    test("K8S-5 TNT-1 every leaf of a Secret is a handle, and only fields for secrets take it", async () => {
      const text =
        "providers:\n  $merge:\n    a: {key: sk-canary, weight: 7}\nextensions: {n: 12.50}";
      const fine = text.replace(", weight: 7", "");
      await putObject(cluster(), { resource: "secrets", name: "keys", data: { "g.yaml": text } });
      await putObject(cluster(), { resource: "secrets", name: "fine", data: { "g.yaml": fine } });
      const base = { "g.yaml": "providers: [{id: a}]" };
      await putObject(cluster(), { name: "below-keys", data: base });
      const pod = podIn(cluster());
      await using below = sourceOf(pod, { name: "below-keys" });
      await using wrong = sourceOf(pod, { name: "keys", resource: "Secret" });
      await using right = sourceOf(pod, { name: "fine", resource: "Secret" });

      const refused: unknown = await loaderOf(below, wrong)
        .load()
        .catch((error: unknown) => error);
      const loaded = await loaderOf(below, right).load();
      const { config, document } = loaded;

      expect(refused).toMatchObject({
        report: { errors: [{ code: "secret_in_identifier", path: "providers[a].weight" }] },
      });
      expect(JSON.stringify(refused)).not.toMatch(/canary|: 7/);
      expect(await config.providers[0]?.key?.reveal()).toBe("sk-canary");
      const number = config.extensions["n"] as unknown as SecretRef; // free values may hold handles
      expect(await number.reveal()).toBe("12.50");
      expect(document).toMatchObject({ providers: [{ id: "a", key: "[redacted]" }] });
      expect(loaded.explain("providers[a].key").format()).not.toContain("canary");
    });

    test("K8S-5 an immutable object is replaced by naming another one", async () => {
      const put = (name: string, host: string) =>
        putObject(cluster(), {
          name,
          immutable: true,
          data: { "g.yaml": `server: {host: ${host}}` },
        });
      await put("fixed-1", "one");
      await put("fixed-2", "two");
      const files = new Map([["/etc/podinfo/config", "fixed-1\n"]]);
      const pod = podIn(cluster(), { files });
      await using source = sourceOf(pod, { name: "${file:/etc/podinfo/config}" });
      await using manager = await managerOf(source);

      await expect(put("fixed-1", "other")).rejects.toThrow("422");
      const before = manager.current().server.host;
      files.set("/etc/podinfo/config", "fixed-2\n");
      const { status } = await manager.reload();

      expect([before, status, manager.current().server.host]).toEqual(["one", "applied", "two"]);
    });

    test("K8S-5 the printed rights are enough for a source, and for nothing else", async () => {
      const data = { "g.yaml": "server: {host: allowed}" };
      await putObject(cluster(), { name: "granted", data });
      await putObject(cluster(), { name: "private", data });
      await putObject(cluster(), { resource: "secrets", name: "granted", data });
      const token = await accountToken(cluster(), "reader");
      const pod = podIn(cluster(), { token });
      await using source = sourceOf(pod, { name: "granted" });
      const before = await readOnce(source);

      await applyRbac(
        cluster(),
        kubernetesRbac({
          objects: [{ namespace: "default", name: "granted" }],
          name: "reads-granted",
          serviceAccount: { namespace: "default", name: "reader" },
        }),
      );
      await until("the rights", async () => (await readOnce(source)).state === "ok");
      await using watched = await watchOf(source);
      await putObject(cluster(), { name: "granted", data: { "g.yaml": "server: {host: new}" } });
      await until("the change", () => watched.told.length > 0);

      const ask = async (method: "GET" | "PUT" | "DELETE", path: string) => {
        const body = method === "PUT" ? { body: "{}" } : {};
        return (await callApi(cluster(), { method, path, token, ...body })).status;
      };
      expect(before.state).toBe("unreadable");
      expect(await ask("GET", pathOf("configmaps", "private"))).toBe(403);
      expect(await ask("GET", pathOf("configmaps"))).toBe(403);
      expect(await ask("GET", `${pathOf("configmaps")}?watch=1`)).toBe(403);
      expect(await ask("GET", pathOf("secrets", "granted"))).toBe(403);
      expect(await ask("PUT", pathOf("configmaps", "granted"))).toBe(403);
      expect(await ask("DELETE", pathOf("configmaps", "granted"))).toBe(403);
    });

    test("K8S-3 LOAD-11 while nobody answers the last value stays, and what changed then is found", async () => {
      const put = (host: string) =>
        putObject(cluster(), { name: "away", data: { "g.yaml": `server: {host: ${host}}` } });
      await put("before");
      await using manager = await managerOf(sourceOf(podIn(cluster()), { name: "away" }));

      await cluster().goAway();
      const { status } = await manager.reload();
      const { host } = manager.current().server;
      const source = statusOf(manager);
      await cluster().comeBack();
      await put("after");
      await until("the new host", () => manager.current().server.host === "after", 60_000);

      expect([status, host]).toEqual(["unchanged", "before"]);
      expect(source).toMatchObject({ state: "unreachable", staleSince: expect.any(Date) });
      expect(statusOf(manager)?.staleSince).toBeUndefined();
    }, 90_000);
  });
}

/** A source of an object of its own, behind a connection that can be cut. */
async function openSource(cluster: Cluster, name: string): Promise<OpenedDocument> {
  const proxy = await CuttableProxy.open(cluster.url);
  const pod = podIn({ ...cluster, url: proxy.url });
  const source = sourceOf(pod, { name, key: "gateway.yaml" });
  const putText = (text: string) => putObject(cluster, { name, data: { "gateway.yaml": text } });
  return {
    source,
    putText,
    put: (layer) => putText(JSON.stringify(layer)), // which is YAML
    remove: () => removeObject(cluster, { name }),
    goAway: () => proxy.cut(),
    comeBack: () => proxy.mend(),
    [Symbol.asyncDispose]: async () => {
      await source[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

function statusOf({ status }: Pick<ConfigManager<unknown>, "status">): SourceStatus | undefined {
  return status.sources.find(({ kind }) => kind === "kubernetes");
}
