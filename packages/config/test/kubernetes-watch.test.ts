import { inspect } from "node:util";
import { ConfigLoader, ConfigValidator, createManager } from "@llmcfg/config";
import { expect, test } from "vitest";
import {
  type Cluster,
  openFakeCluster,
  putObject,
  removeObject,
} from "../../../tests/support/services/kubernetes.ts";
import { accountToken } from "../../../tests/support/services/kubernetes-rights.ts";
import {
  podIn,
  readOnce,
  SERVICE_ACCOUNT,
  sourceOf,
  watchOf,
} from "../../../tests/support/services/kubernetes-sources.ts";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { until } from "./support/until.ts";

/** Against a FAKE API server, which fails in ways that a real one does not on demand. */
async function put(cluster: Cluster, host: string): Promise<void> {
  await putObject(cluster, { name: "gw", data: { "g.yaml": `server: {host: ${host}}` } });
}

async function openWatched() {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await openFakeCluster());
  const { fake } = cluster;
  await put(cluster, "first");
  const clock = new ManualClock();
  const source = stack.use(sourceOf(podIn(cluster, { clock }), { name: "gw" }));
  await readOnce(source);
  const watched = stack.use(await watchOf(source));
  await until("the watch", () => fake.objects.watchers.size === 1);
  const owned = stack.move();
  const lists = () => fake.calls.filter(({ verb }) => verb === "list").length;
  return {
    cluster,
    fake,
    clock,
    source,
    watched,
    lists,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test("K8S-3 the watch begins at the version of the list, with bookmarks, for one name", async () => {
  await using opened = await openWatched();
  const { fake, watched } = opened;

  const [list, watch] = fake.calls.filter(({ verb }) => verb === "list" || verb === "watch");

  expect(list?.url.searchParams.get("fieldSelector")).toBe("metadata.name=gw");
  expect(Object.fromEntries(watch?.url.searchParams ?? [])).toEqual({
    watch: "1",
    allowWatchBookmarks: "true",
    resourceVersion: "101",
    timeoutSeconds: "240",
    fieldSelector: "metadata.name=gw",
  });
  expect(watched.told).toEqual([]);
});

test("K8S-3 a watch that ends in time goes on from the last bookmark, without a list", async () => {
  await using opened = await openWatched();
  const { cluster, fake, watched, lists } = opened;

  const bookmark = fake.objects.bookmark();
  fake.objects.endWatches();
  await until("the next watch", () => fake.watches.length === 2);
  await put(cluster, "second");
  await until("the change", () => watched.told.length === 1);

  expect(fake.watches[1]?.url.searchParams.get("resourceVersion")).toBe(bookmark);
  expect(lists()).toBe(1);
});

test.each(["event", "status"] as const)(
  "K8S-3 after 410 (%s) the list is read again, and only another content is a change",
  async (expiry) => {
    await using opened = await openWatched();
    const { cluster, fake, clock, watched, lists } = opened;
    fake.expiry = expiry;

    for (const [turn, host] of ["first", "second"].entries()) {
      if (expiry === "event") fake.objects.sendRaw(gone());
      else {
        fake.objects.bookmark();
        fake.objects.compact();
        fake.objects.endWatches();
      }
      await until("the end of the watch", () => clock.pending === 1);
      await put(cluster, host); // "first" again: another version, the same content
      clock.advance(1_000 * 2 ** turn);
      await until("the next list", () => lists() === turn + 2);
      await until("the next watch", () => fake.objects.watchers.size === 1);
      fake.objects.bookmark();
    }
    await until("the change", () => watched.told.length > 0);

    expect(watched.told).toEqual(["changed"]);
  },
);

test("K8S-3 after a lost connection the list is read again: what was deleted meanwhile is found", async () => {
  await using opened = await openWatched();
  const { cluster, fake, clock, watched } = opened;

  fake.dropConnections();
  await until("the loss", () => clock.pending === 1);
  await removeObject(cluster, { name: "gw" });
  clock.advance(1_000);
  await until("the deletion", () => watched.told.length === 1);

  expect(watched.told).toEqual(["deleted"]);
});

test("K8S-3 LOAD-11 a reader that got nothing meanwhile is told when the list works again", async () => {
  await using opened = await openWatched();
  const { fake, clock, source, watched } = opened;

  await fake.goAway();
  const { state } = await readOnce(source);
  await until("the loss", () => clock.pending === 1);
  await fake.comeBack();
  clock.advance(1_000);
  await until("the return", () => watched.told.length === 1);

  expect(state).toBe("unreachable");
  expect(watched.told).toEqual(["changed"]);
});

test("K8S-3 it backs off from 1 to 60 s, and begins again at 1 s once a watch has worked", async () => {
  await using opened = await openWatched();
  const { cluster, fake, clock, watched, lists } = opened;
  const waits: number[] = [];
  const waitFor = async (next: () => boolean) => {
    await until("the pause", () => clock.pending === 1);
    let waitedMs = 0;
    for (; clock.pending === 1; waitedMs += 1_000) clock.advance(1_000);
    waits.push(waitedMs / 1_000);
    await until("the next attempt", next);
  };

  fake.failures.push(...Array<number>(8).fill(500));
  fake.objects.sendRaw("no event\n");
  for (let turn = 0; turn < 9; turn++) {
    const before = lists();
    await waitFor(() => lists() > before);
  }
  await until("the watch", () => fake.objects.watchers.size === 1);
  await put(cluster, "second");
  await until("the change", () => watched.told.length === 1);
  fake.dropConnections();
  const before = lists();
  await waitFor(() => lists() > before);

  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 1]);
});

test.each([
  ["an error", '{"type":"ERROR","object":{"kind":"Status","code":500,"reason":"InternalError"}}\n'],
  ["no JSON", "{\n"],
  ["no object", '{"type":"MODIFIED","object":{}}\n'],
  ["a bookmark without a version", '{"type":"BOOKMARK","object":null}\n'],
  ["the end in the middle of an event", undefined],
])("K8S-3 after %s it lists again, and nothing is told", async (_what, text) => {
  await using opened = await openWatched();
  const { fake, clock, watched, lists } = opened;

  fake.objects.sendRaw(text ?? '{"type":"MOD');
  if (text === undefined) fake.objects.endWatches();
  await until("the end of the watch", () => clock.pending === 1);
  clock.advance(1_000);
  await until("the next list", () => lists() === 2);

  expect(watched.told).toEqual([]);
});

test("K8S-3 events of a type that is not known yet, and empty lines, are passed over", async () => {
  await using opened = await openWatched();
  const { cluster, fake, watched, lists } = opened;

  fake.objects.sendRaw('\n{"type":"NOVELTY","object":{"metadata":{}}}\n');
  await put(cluster, "second");
  await until("the change", () => watched.told.length === 1);

  expect(lists()).toBe(1);
});

test("K8S-3 an event comes in pieces that are cut anywhere, also in a character", async () => {
  await using opened = await openWatched();
  const { cluster, fake, watched } = opened;
  const object = fake.objects.get("/api/v1/namespaces/default/configmaps/gw");
  const metadata = { ...object?.metadata, resourceVersion: "7000" };
  const event = {
    type: "MODIFIED",
    object: { metadata, data: { "g.yaml": "server: {host: zürich}" } },
  };
  const bytes = Buffer.from(`${JSON.stringify(event)}\n`);

  for (const byte of bytes) {
    for (const { raw } of fake.objects.watchers) raw.write(Buffer.from([byte]));
    await new Promise((sent) => setImmediate(sent));
  }
  await until("the change", () => watched.told.length === 1);

  expect(cluster.isReal).toBe(false);
  expect(watched.told).toEqual(["changed"]);
});

test("WAT-8 nothing is left when the watch and the source end, in a pause too", async () => {
  const opened = await openWatched();
  const { fake, clock } = opened;

  await opened.watched[Symbol.asyncDispose]();
  await until("no watch", () => fake.objects.watchers.size === 0);
  const second = await watchOf(opened.source);
  await until("the second watch", () => fake.objects.watchers.size === 1);
  fake.dropConnections();
  await until("the pause", () => clock.pending === 1);
  await second[Symbol.asyncDispose]();

  expect(clock.pending).toBe(0);
  await opened[Symbol.asyncDispose]();
});

test("K8S-2 the token is read again for each request, and the authority for each connection", async () => {
  await using cluster = await openFakeCluster();
  await put(cluster, "first");
  const files = new Map([[`${SERVICE_ACCOUNT}/token`, "outdated"]]);
  const pod = podIn(cluster, { files });
  await using source = sourceOf(pod, { name: "gw" });

  const before = await readOnce(source);
  files.set(`${SERVICE_ACCOUNT}/token`, cluster.adminToken);
  const after = await readOnce(source);

  expect(before).toMatchObject({
    state: "unreadable",
    cause: { message: "the API server answered 401 Unauthorized" },
  });
  expect(after.state).toBe("ok");
});

test("LOAD-17 TNT-3 failures say what happened and quote nothing", async () => {
  await using cluster = await openFakeCluster();
  await put(cluster, "first");
  const { fake } = cluster;
  await using source = sourceOf(podIn(cluster), { name: "gw" });
  const token = await accountToken(cluster, "nobody");
  await using stranger = sourceOf(podIn(cluster, { token }), { name: "gw" });
  await using wrongCa = sourceOf(podIn({ ...cluster, ca: "" }), { name: "gw" });

  const reads = [await readOnce(stranger), await readOnce(wrongCa)];
  for (const status of [500, 429, 404]) {
    fake.failures.push(status);
    reads.push(await readOnce(source));
  }

  expect(reads.map(({ state }) => state)).toEqual([
    "unreadable",
    "unreachable",
    "unreachable",
    "unreachable",
    "unreachable", // a 404 of something else than the API
  ]);
  expect(inspect(reads, { depth: 9 })).not.toMatch(/canary|admintoken|sa:default/);
});

test("P4 an event of the API brings its own content, and the mount that lags behind is no change", async () => {
  await using folder = await Folder.create();
  await using cluster = await openFakeCluster();
  const mount = await folder.write("g.yaml", "server: {host: first}");
  await put(cluster, "first");
  const pod = podIn(cluster);
  await using manager = await createManager({
    loader: new ConfigLoader(gatewaySchema).addFile(mount).addSource(sourceOf(pod, { name: "gw" })),
    validator: new ConfigValidator(gatewaySchema),
    watch: { debounce: "0s", pollInterval: "20ms", mode: "poll" },
  });
  const hosts: string[] = [];
  manager.subscribe(({ to }) => {
    hosts.push(to.config.server.host);
  });
  await manager.start();

  await put(cluster, "second"); // the mount follows a minute later
  await until("the new host", () => manager.current().server.host === "second");
  await folder.save("g.yaml", "server: {host: second}");
  const { status } = await manager.reload();

  expect([hosts, status, manager.version]).toEqual([["second"], "unchanged", 2]);
  expect(new Set(pod.reads)).toEqual(
    new Set([`${SERVICE_ACCOUNT}/ca.crt`, `${SERVICE_ACCOUNT}/token`]),
  );
});

function gone(): string {
  const object = { kind: "Status", code: 410, reason: "Expired" };
  return `${JSON.stringify({ type: "ERROR", object })}\n`;
}
