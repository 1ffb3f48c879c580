import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  type ManagerOptions,
  readAccepted,
  requestReload,
} from "@llmcfg/config";
import { expect, test } from "vitest";
import { leaveRequest, takeRequest } from "../src/state/reload-request.ts";
import { StateDir } from "../src/state/state-dir.ts";
import { Child } from "./support/child.ts";
import { Folder } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

test("BOOT-4 SIGKILL at any moment leaves the old content or the new one, whole", async () => {
  await using folder = await Folder.create();
  const path = folder.at("state");
  const dir = new StateDir({ path, scope: "gateway", stateKey: undefined });

  for (const writes of [1, 2, 3, 5, 8]) {
    await using child = new Child("state-writer.ts", path);
    await child.said(`wrote ${writes}`);
    await child.kill();

    const written = child.lines.filter((line) => line.startsWith("wrote ")).length;
    const read = await dir.read("last_known_good");
    const { i, padding } = (read as { readonly content: Written }).content;
    expect(read.state).toBe("ok");
    expect([written, written + 1]).toContain(i);
    expect(padding).toBe(`${i} `.repeat(100_000));
    const beside = (await readdir(path)).filter((name) => name !== "last-known-good.json");
    expect([[], ["last-known-good.json.tmp"]]).toContainEqual(beside);
  }
}, 120_000);

interface Written {
  readonly i: number;
  readonly padding: string;
}

test("HIS-10 P19 a hold survives the end of the process: the rolled-away content stays away, a third one is applied", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: one }\n");
  await using first = new Child("state-child.ts", folder.path, "rollback");
  await first.said("ready");
  await folder.save("gateway.yaml", "server: { host: two }\n");
  const rolledBack = await first.said("rolled back");
  await first.kill();

  await using second = new Child("state-child.ts", folder.path, "serve");
  const host = await second.said("host");
  await second.kill();
  await using manager = await managerOf(folder, {});
  await manager.start();
  const { holds } = manager.status;
  const explained = manager.explain("server.host").layers[0];
  const touched = await manager.reload();
  await folder.write("gateway.yaml", "server: { host: three }\n");
  const third = await manager.reload();
  await manager.stop();
  await using after = await managerOf(folder, {});

  expect(rolledBack).toBe("rolled back true");
  expect(host).toBe("host one");
  expect(holds).toEqual([{ source: `file:${folder.at("gateway.yaml")}`, since: 3, durable: true }]);
  expect(explained).toMatchObject({
    state: "held",
    reason: "content of version 2 is on hold since version 3 (rollback in an earlier process)",
  });
  expect(touched).toMatchObject({ status: "unchanged", holdDurable: true });
  expect(third).toMatchObject({ status: "applied", holds: [] });
  expect(after.status.holds).toEqual([]);
  expect(after.current().server.host).toBe("three");
}, 120_000);

test("HIS-10 LCS-3 a source hears after a restart that its revision is on hold, until it is released", async () => {
  await using folder = await Folder.create();
  const source = new MemorySource({ server: { host: "one" } });
  const open = async (own: MemorySource) => await managerOf(folder, {}, own);
  const first = await open(source);
  await first.start();
  source.put({ server: { host: "two" } });
  await first.reload();
  const back = await first.rollback(0, { actor: "dana" });
  await first.stop();
  const again = new MemorySource({ server: { host: "two" } });
  await using second = await open(again);
  await second.start();
  const { host } = second.current().server;

  const released = await second.releaseHold();
  await second.stop();
  await using third = await open(new MemorySource({ server: { host: "two" } }));

  expect(back).toMatchObject({ status: "applied", holdDurable: true });
  expect(host).toBe("one");
  expect(again.outcomes[0]).toEqual({
    result: "refused",
    revision: "1",
    reason:
      "content of version 2 is on hold since version 3 (rollback by dana in an earlier process)",
  });
  expect(released).toMatchObject({ status: "applied" });
  expect(third.current().server.host).toBe("two");
});

test("HIS-10 a hold without a state folder, of the environment, or with a literal that nothing seals, is not durable", async () => {
  await using folder = await Folder.create();
  const variables: Record<string, string> = { GATEWAY_SERVER__HOST: "one" };
  await using ofEnvironment = await managerOf(folder, {}, undefined, variables);
  variables["GATEWAY_SERVER__HOST"] = "two";
  await ofEnvironment.reload();
  const environment = await ofEnvironment.rollback(0);
  const source = new MemorySource({ providers: [{ id: "a", key: "sk-canary-1" }] });
  await using withLiteral = await managerOf(folder, { logger: quiet }, source);
  source.put({ providers: [] });
  await withLiteral.reload();
  const literal = await withLiteral.rollback(0);
  const stored = await readFile(folder.at("state/holds.json"), "utf8");

  const stateKey = "mK0bq0mXy4x1cUu3mYc1b3V0b2Zfc3RhdGU=";
  const sealedSource = new MemorySource({ providers: [{ id: "a", key: "sk-canary-1" }] });
  await using sealed = await managerOf(
    folder,
    { stateKey, stateDir: folder.at("sealed") },
    sealedSource,
  );
  sealedSource.put({ providers: [] });
  await sealed.reload();
  const durable = await sealed.rollback(0);

  expect(environment).toMatchObject({
    status: "applied",
    holds: ["environment"],
    holdDurable: false,
  });
  expect(literal).toMatchObject({ status: "applied", holdDurable: false });
  expect(stored).not.toContain("sk-canary-1");
  expect(durable).toMatchObject({ status: "applied", holdDurable: true });
});

test("HIS-10 holds that cannot be read are told, and what was refused stays to be looked at", async () => {
  await using folder = await Folder.create();
  const source = new MemorySource({ server: { host: "one" } });
  await using first = await managerOf(folder, {}, source);
  await first.start();
  source.put({ server: { host: "two" } });
  await first.reload();
  await first.rollback(0);
  await first.stop();
  const torn = (await readFile(folder.at("state/holds.json"), "utf8")).slice(0, 50);
  await writeFile(folder.at("state/holds.json"), torn);

  const again = new MemorySource({ server: { host: "two" } });
  await using second = await managerOf(folder, { logger: quiet }, again);
  await second.start();

  expect(second.status.health).toBe("degraded");
  expect(second.status.reasons[0]).toMatch(
    /^content that was rolled away may come back: .*holds\.json is refused: it is damaged or cut off/,
  );
  expect(await readFile(folder.at("state/holds.json"), "utf8")).toBe(torn);
});

test("REL-12 status.json tells version, last result, holds and pending restarts, and no values", async () => {
  await using folder = await Folder.create();
  const canary = "marked-value";
  await folder.write("gateway.yaml", `version: v1\nserver: { host: ${canary}-1, port: 41001 }\n`);
  await using manager = await managerOf(folder, { signals: true });
  await manager.start();
  await folder.write("gateway.yaml", `version: v2\nserver: { host: ${canary}-2, port: 41002 }\n`);
  await manager.reload({ actor: "dana" });
  await folder.write("gateway.yaml", `server: { host: ${canary}-3, port: ${canary}-4 }\n`);
  await manager.reload();

  const text = await readFile(folder.at("state/status.json"), "utf8");
  const { mode } = await stat(folder.at("state/status.json"));

  expect(mode & 0o777).toBe(0o600);
  expect(JSON.parse(text)).toMatchObject({
    kind: "status",
    schemaVersion: 1,
    pid: process.pid,
    isStopped: false,
    hearsSignals: true,
    version: 2,
    label: "v2",
    checksum: manager.checksum,
    health: "degraded",
    bootedFrom: "sources",
    pendingRestart: [{ path: "server.port", since: 2 }],
    lastReload: {
      status: "rejected",
      stage: "structure",
      version: 2,
      errors: [{ path: "server.port", position: expect.stringMatching(/gateway\.yaml:1:/) }],
    },
    lastKnownGood: { version: 2, omitted: [] },
  });
  expect(text).not.toContain(canary);
  expect(text).not.toMatch(/4100[12]/);
});

test("REL-12 WAT-9 a process is asked by SIGHUP and its result comes back: applied, unchanged, rejected", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: one }\n");
  await using child = new Child("state-child.ts", folder.path, "serve");
  await child.said("host one");
  const ask = { pid: child.pid, stateDir: folder.at("state"), timeoutMs: 15_000 };

  const unchanged = await requestReload(ask);
  await folder.write("gateway.yaml", "server: { prot: 1 }\n");
  const rejected = await requestReload(ask);
  await folder.write("gateway.yaml", "server: { host: two }\n");
  const applied = await requestReload(ask);

  expect(unchanged).toMatchObject({ status: "unchanged", version: 1 });
  expect(rejected).toMatchObject({
    status: "rejected",
    version: 1,
    errors: [{ code: "unknown_key", path: "server.prot" }],
  });
  // The file's own event may have been faster than the signal.
  expect(["applied", "unchanged"]).toContain(applied?.status);
  expect(applied?.version).toBe(2);
}, 120_000);

test("REL-12 no signal goes to a process that would not survive it, or is another one", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: one }\n");
  await using child = new Child("state-child.ts", folder.path, "deaf");
  await child.said("host one");
  const stateDir = folder.at("state");
  const ask = (pid: number) => requestReload({ pid, stateDir, timeoutMs: 1_000 });

  await expect(ask(child.pid)).rejects.toMatchObject({ code: "signals_off" });
  await expect(ask(process.pid)).rejects.toMatchObject({ code: "other_process" });
  expect(() => process.kill(child.pid, 0)).not.toThrow();
  await child.kill();
  await expect(ask(child.pid)).rejects.toMatchObject({ code: "not_running" });
  const elsewhere = { pid: child.pid, stateDir: folder.at("nowhere"), timeoutMs: 1_000 };
  await expect(requestReload(elsewhere)).rejects.toMatchObject({ code: "no_status" });
}, 120_000);

test("REL-12 of two who ask, the second has the answer to its own signal, not to the one before", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: one }\n");
  await using child = new Child("state-child.ts", folder.path, "slow");
  await child.said("host one");
  const ask = { pid: child.pid, stateDir: folder.at("state"), timeoutMs: 15_000 };
  await folder.write("gateway.yaml", "server: { host: two }\n");
  const first = requestReload(ask);
  await child.said("preparing two");

  await folder.write("gateway.yaml", "server: { host: three }\n");
  const second = requestReload(ask);
  const signals = () => child.lines.filter((line) => line === "signalled").length;
  await until("the second signal", () => signals() === 2);
  await folder.write("go-two", "");
  const answers = [await first];
  await folder.write("go-three", "");
  answers.push(await second);

  expect(answers).toMatchObject([
    { status: "applied", version: 2 },
    { status: "applied", version: 3 },
  ]);
}, 120_000);

test("REL-12 SM-11 of many who ask for secrets anew at the same time, each has its answer, and nothing is left behind", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: one }\n");
  await using child = new Child("state-child.ts", folder.path, "serve");
  await child.said("host one");
  const stateDir = folder.at("state");
  const ask = { pid: child.pid, stateDir, timeoutMs: 15_000, refreshSecrets: true };

  const answers = await Promise.all(Array.from({ length: 8 }, () => requestReload(ask)));

  expect(answers).toMatchObject(Array.from({ length: 8 }, () => ({ status: "unchanged" })));
  expect((await readdir(stateDir)).filter((name) => name.includes("request"))).toEqual([]);
}, 120_000);

test("REL-12 SM-11 what several left is taken together, and once", async () => {
  await using folder = await Folder.create();
  const malformed = "reload-request-00000000-0000-0000-0000-000000000000.json";
  await Promise.all([
    leaveRequest(folder.path, { refreshSecrets: false }),
    leaveRequest(folder.path, { refreshSecrets: true }),
    leaveRequest(folder.path, {}),
    writeFile(folder.at(malformed), "{", { mode: 0o600 }),
  ]);

  const taken = [await takeRequest(folder.path), await takeRequest(folder.path)];

  expect(taken).toEqual([{ refreshSecrets: true }, { refreshSecrets: false }]);
  expect(await readdir(folder.path)).toEqual([]);
  expect(await takeRequest(folder.at("nowhere"))).toEqual({ refreshSecrets: false });
});

test("REL-12 WAT-9 whenever the status says that signals are heard, they are: none ends the process", async () => {
  await using folder = await Folder.create();
  const manager = await managerOf(folder, { signals: true }, new MemorySource({}));
  const lies: string[] = [];
  const file = folder.at("state/status.json");
  const look = () => {
    const text = existsSync(file) ? readFileSync(file, "utf8") : "{}";
    const isHeard = process.listenerCount("SIGHUP") > 0;
    if (text.includes('"hearsSignals": true') && !isHeard) lies.push(text);
    next = setImmediate(look);
  };
  let next = setImmediate(look);
  await using _ = { [Symbol.asyncDispose]: async () => clearImmediate(next) };

  await manager.start();
  const sawIt = existsSync(file);
  await manager.stop();
  await until(
    "a look at the end",
    () => !readFileSync(file, "utf8").includes('"isStopped": false'),
  );

  expect(sawIt).toBe(true);
  expect(lies).toEqual([]);
  expect(process.listenerCount("SIGHUP")).toBe(0);
});

test("REL-12 without an answer in time there is none", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: one }\n");
  await using child = new Child("state-child.ts", folder.path, "serve");
  await child.said("host one");
  process.kill(child.pid, "SIGSTOP");

  const answer = await requestReload({
    pid: child.pid,
    stateDir: folder.at("state"),
    timeoutMs: 200,
  });

  expect(answer).toBeUndefined();
});

test("REL-12 a manager that has stopped says so, and hears no signals", async () => {
  await using folder = await Folder.create();
  const manager = await managerOf(folder, { signals: true }, new MemorySource({}));
  await manager.start();

  await manager.stop();
  const asking = requestReload({
    pid: process.pid,
    stateDir: folder.at("state"),
    timeoutMs: 1_000,
  });

  await expect(asking).rejects.toMatchObject({ code: "not_running" });
});

test("BOOT-4 REL-12 what a process accepted last can be read from outside, literals hidden", async () => {
  await using folder = await Folder.create();
  const source = new MemorySource({ version: "7", providers: [{ id: "a", key: "sk-canary-3" }] });
  await using manager = await managerOf(folder, { logger: quiet }, source);
  const before = readAccepted(gatewaySchema, { stateDir: folder.at("state") });
  await expect(before).rejects.toMatchObject({ code: "no_accepted_state" });
  await manager.start();

  const accepted = await readAccepted(gatewaySchema, { stateDir: folder.at("state") });

  expect(accepted).toMatchObject({ version: 1, label: "7", checksum: manager.checksum });
  expect(accepted.document).toMatchObject({ server: { port: 8080 }, providers: [{ id: "a" }] });
  expect(JSON.stringify(accepted)).not.toContain("sk-canary-3");
});

test("BOOT-3 a manager that is not started writes nothing", async () => {
  await using folder = await Folder.create();
  await using manager = await managerOf(folder, {}, new MemorySource({}));

  expect(manager.version).toBe(1);
  await expect(readdir(folder.at("state"))).rejects.toMatchObject({ code: "ENOENT" });
});

test("WAT-7 settleTimeout bounds how long a file may go on changing", async () => {
  await using folder = await Folder.create();
  await folder.write("gateway.yaml", "server: { host: one }\n");
  const watch = { settleTimeout: "0s", pollInterval: "1h" };
  await using manager = await managerOf(folder, { watch });
  await folder.write("gateway.yaml", "");
  const startedAtMs = performance.now();

  const result = await manager.reload();

  expect(result).toMatchObject({ status: "rejected", errors: [{ code: "source_empty" }] });
  expect(performance.now() - startedAtMs).toBeLessThan(1_500);
  await until("the file is there again", async () => {
    await folder.write("gateway.yaml", "server: { host: two }\n");
    return (await manager.reload()).status === "applied";
  });
});

async function managerOf(
  folder: Folder,
  options: Partial<ManagerOptions<Gateway>>,
  source?: MemorySource,
  variables?: Readonly<Record<string, string>>,
): Promise<ConfigManager<Gateway>> {
  const loader = new ConfigLoader(gatewaySchema);
  if (source !== undefined) loader.addSource(source);
  else if (variables !== undefined) loader.addEnv({ variables });
  else loader.addFile(folder.at("gateway.yaml"));
  return await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
    stateDir: folder.at("state"),
    watch: { debounce: "10ms", pollInterval: "1h" },
    ...options,
  });
}
