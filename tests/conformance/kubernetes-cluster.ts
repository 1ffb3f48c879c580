import { describe, expect, test } from "vitest";
import type { ConfigManager } from "../../packages/config/src/config-manager.ts";
import { findCluster } from "../../packages/config/src/sources/kubernetes/cluster-access.ts";
import {
  ClusterApi,
  type ObjectPlace,
} from "../../packages/config/src/sources/kubernetes/cluster-api.ts";
import { kubernetesRbac } from "../../packages/config/src/sources/kubernetes/kubernetes-rbac.ts";
import {
  type ListAndWatchOptions,
  listAndWatch,
} from "../../packages/config/src/sources/kubernetes/list-and-watch.ts";
import type { Gateway } from "../../packages/config/test/support/gateway-schema.ts";
import { until } from "../../packages/config/test/support/until.ts";
import { type Cluster, putObject, removeObject } from "../support/services/kubernetes.ts";
import {
  accountToken,
  applyRbac,
  removeAccount,
  removeRbac,
} from "../support/services/kubernetes-rights.ts";
import {
  managerOf,
  podIn,
  SERVICE_ACCOUNT,
  sourceOf,
} from "../support/services/kubernetes-sources.ts";

/** A real API server keeps what it found out about a token for 10 s. */
const TOKEN_MS = 20_000;

/**
 * What happens to a source over the life of a cluster: versions are forgotten, tokens and rights
 * come and go, objects are made anew. Objects have names of their own.
 */
export function kubernetesClusterSuite(name: string, cluster: () => Cluster): void {
  describe(`the life of ${name}`, () => {
    test("K8S-3 a watch that the server ends in time goes on from its bookmark", async () => {
      await put(cluster(), "ends", "first");
      await using followed = await follow(cluster(), "ends", { watchSeconds: 5 });
      await until("the watch", () => followed.froms.length === 1);

      await put(cluster(), "ends-not", "meanwhile");
      await until("the next watch", () => followed.froms.length === 2, 20_000);
      await put(cluster(), "ends", "second");
      await until("the change", () => followed.hosts.length === 2);

      const [first, second] = followed.froms.map(Number);
      expect(second).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
      expect(followed.lists()).toBe(1);
      expect(followed.hosts).toEqual(["first", "second"]);
    });

    test("K8S-3 a version that is forgotten ends the watch, and the list tells what changed since", async () => {
      await put(cluster(), "forgotten", "first");
      const stale = await follow(cluster(), "forgotten");
      await until("the watch", () => stale.froms.length === 1);
      await stale[Symbol.asyncDispose]();
      await put(cluster(), "forgotten", "second");
      await cluster().forgetHistory();

      const from = stale.froms[0] ?? "";
      await using late = await follow(cluster(), "forgotten", { from });
      const failure = await late.ended;
      await using anew = await follow(cluster(), "forgotten");
      await until("the list", () => anew.hosts.length === 1);

      expect(failure).toMatchObject({ name: "ApiFailure", reason: "expired" });
      expect(anew.hosts).toEqual(["second"]);
    }, 90_000);

    test("K8S-4 an object that is made again as it was mends the health, and is no new version", async () => {
      await put(cluster(), "again", "same");
      await using manager = await managerOf(sourceOf(podIn(cluster()), { name: "again" }));

      await removeObject(cluster(), { name: "again" });
      await until("the failure", () => manager.status.health === "degraded");
      const whileDeleted = hostOf(manager);
      await put(cluster(), "again", "same");
      await until("health", () => manager.status.health === "ok");

      expect([whileDeleted, hostOf(manager), manager.version]).toEqual(["same", "same", 1]);
    });

    test("K8S-5 K8S-1 a Secret is watched likewise", async () => {
      const putKey = (key: string) => {
        const data = { "g.yaml": `providers: {$merge: {a: {key: ${key}}}}` };
        return putObject(cluster(), { resource: "secrets", name: "watched", data });
      };
      await putObject(cluster(), { name: "watched", data: { "g.yaml": "providers: [{id: a}]" } });
      await putKey("sk-canary-1");
      const pod = podIn(cluster());
      await using manager = await managerOf(
        sourceOf(pod, { name: "watched" }),
        sourceOf(pod, { name: "watched", resource: "Secret" }),
      );
      const key = async () => await manager.current().providers[0]?.key?.reveal();
      const before = await key();

      await putKey("sk-canary-2");
      await until("the new key", async () => (await key()) === "sk-canary-2");

      expect(before).toBe("sk-canary-1");
      expect(JSON.stringify([manager.history.list(), manager.status])).not.toContain("canary");
    });

    test("K8S-3 K8S-2 a token that is replaced in its file is used for reads and for the next watch", async () => {
      await put(cluster(), "rotated", "first");
      await grant(cluster(), "rotated");
      const files = new Map([
        [`${SERVICE_ACCOUNT}/token`, await accountToken(cluster(), "rotated")],
      ]);
      const pod = podIn(cluster(), { files });
      await using manager = await managerOf(sourceOf(pod, { name: "rotated" }));

      await removeAccount(cluster(), "rotated");
      await until("the refusal", () => isRefused(manager), TOKEN_MS);
      const whileRefused = hostOf(manager);
      files.set(`${SERVICE_ACCOUNT}/token`, await accountToken(cluster(), "rotated"));
      await manager.reload();
      const mended = manager.status.health;
      await cluster().goAway(); // the watch with the old token ends
      await cluster().comeBack();
      await put(cluster(), "rotated", "second");
      await until("the change", () => hostOf(manager) === "second", 60_000);

      expect([whileRefused, mended]).toEqual(["first", "ok"]);
    }, 120_000);

    test("K8S-5 LOAD-17 a right that is taken away degrades, and given back it recovers by itself", async () => {
      await put(cluster(), "rights", "first");
      await grant(cluster(), "rights");
      const token = await accountToken(cluster(), "rights");
      const source = sourceOf(podIn(cluster(), { token }), { name: "rights" });
      await using manager = await managerOf(source);

      await removeRbac(cluster(), "rights");
      await until("the refusal", () => isRefused(manager));
      const refused = { host: hostOf(manager), health: manager.status.health };
      await grant(cluster(), "rights");
      await until("the right", () => manager.status.health === "ok", 60_000);

      expect(refused).toEqual({ host: "first", health: "degraded" });
      expect(manager.version).toBe(1);
    }, 90_000);
  });
}

async function put(cluster: Cluster, name: string, host: string): Promise<void> {
  await putObject(cluster, { name, data: { "g.yaml": `server: {host: ${host}}` } });
}

/** The rights of a source on the ConfigMap of this name, to the service account of this name. */
async function grant(cluster: Cluster, name: string): Promise<void> {
  const namespace = "default";
  const objects = [{ namespace, name }];
  const serviceAccount = { namespace, name };
  await accountToken(cluster, name);
  await applyRbac(cluster, kubernetesRbac({ objects, name, serviceAccount }));
}

function hostOf(manager: ConfigManager<Gateway>): string {
  return manager.current().server.host;
}

/** Whether a read is refused now. */
async function isRefused(manager: ConfigManager<Gateway>): Promise<boolean> {
  await manager.reload();
  return manager.status.sources.some(({ state }) => state === "unreadable");
}

interface Followed extends AsyncDisposable {
  /** Where each watch began. */
  readonly froms: readonly string[];
  /** What the object was seen to say. */
  readonly hosts: readonly string[];
  readonly lists: () => number;
  /** What ended it; nothing if it was ended here. */
  readonly ended: Promise<unknown>;
}

/** One connection's worth of watching, as a source does it. */
async function follow(
  cluster: Cluster,
  name: string,
  { watchSeconds, from }: { readonly watchSeconds?: number; readonly from?: string } = {},
): Promise<Followed> {
  const { tools } = podIn(cluster);
  const limits = { timeoutMs: 10_000, maxBytes: 1_000_000 };
  const api = new ClusterApi(await findCluster({}, tools), limits);
  const [froms, hosts]: [string[], string[]] = [[], []];
  let lists = 0;
  const ended = new AbortController();
  const place: ObjectPlace = { kind: "ConfigMap", namespace: "default", name };
  const observed: ListAndWatchOptions["api"] = {
    list: async (...asked) => {
      lists++;
      const listed = await api.list(...asked);
      return from === undefined ? listed : { object: undefined, resourceVersion: from };
    },
    watch: async (of, { resourceVersion, timeoutSeconds }, signal) => {
      froms.push(resourceVersion);
      const seconds = watchSeconds ?? timeoutSeconds;
      return await api.watch(of, { resourceVersion, timeoutSeconds: seconds }, signal);
    },
  };
  const running = listAndWatch({
    ...tools,
    api: observed,
    place,
    maxBytes: limits.maxBytes,
    signal: ended.signal,
    notice: (object) => {
      const bytes = object?.entries.get("g.yaml");
      if (bytes !== undefined)
        hosts.push(/host: (\w+)/.exec(String(Buffer.from(bytes)))?.[1] ?? "");
    },
    healthy: () => {},
  }).catch((error: unknown) => (ended.signal.aborted ? undefined : error));
  return {
    froms,
    hosts,
    lists: () => lists,
    ended: running,
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await running;
      await api[Symbol.asyncDispose]();
    },
  };
}
