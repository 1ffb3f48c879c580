import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  defineSchema,
  field,
  type PlanAnalyser,
  planChange,
} from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Folder } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { HttpPeer } from "./support/http-peer.ts";
import { manage } from "./support/manage.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

describe("a plan", () => {
  test("PLN-1 says what would change, by when it applies, and changes nothing", async () => {
    await using managed = await manage({
      server: { port: 8080 },
      routing: { strategy: "weighted" },
    });
    const { manager, source } = managed;
    const before = manager.current();
    source.put({ server: { port: 9090 }, logging: { level: "warn" } });

    const plan = await manager.plan();

    expect(plan.valid).toBe(true);
    expect(plan.diff.byClass("restart").map(({ path }) => path)).toEqual(["server.port"]);
    expect(plan.diff.byClass("hot").map(({ path }) => path)).toEqual([
      "routing.strategy",
      "logging.level",
    ]);
    expect(plan.pendingRestart).toEqual({ added: ["server.port"], cleared: [] });
    expect(manager.current()).toBe(before);
    expect([manager.version, manager.history.size]).toEqual([1, 0]);
    expect(source.outcomes).toHaveLength(1); // that of the start
  });

  test("PLN-1 of what takes a pending restart back says that it is cleared", async () => {
    await using managed = await manage({ server: { port: 8080 } });
    const { manager, source } = managed;
    source.put({ server: { port: 9090 } });
    await manager.reload();

    const plan = await manager.plan({ overrides: { server: { port: 8080 } } });

    expect(plan.pendingRestart).toEqual({ added: [], cleared: ["server.port"] });
  });

  test("PLN-1 names the participants that would be asked, and asks none", async () => {
    await using managed = await manage({});
    const { manager } = managed;
    const asked: string[] = [];
    const join = (name: string, paths?: readonly string[]) =>
      manager.addParticipant({
        name,
        ...(paths === undefined ? {} : { paths }),
        prepare: async () => {
          asked.push(name);
          return { commit: () => {}, abort: () => {} };
        },
      });
    join("listener", ["server"]);
    join("logger", ["logging"]);
    join("everything");

    const plan = await manager.plan({ overrides: { logging: { level: "debug" } } });

    expect(plan.participants).toEqual(["logger", "everything"]);
    expect(asked).toEqual([]);
  });

  test("PLN-1 of an invalid change has every finding and no difference", async () => {
    await using managed = await manage({});

    const plan = await managed.manager.plan({
      document: { server: { prot: 1 }, logging: { level: "loud" } },
    });

    expect(plan.valid).toBe(false);
    expect(plan.report.errors.map(({ code, path }) => [code, path])).toEqual([
      ["unknown_key", "server.prot"],
      ["schema_violation", "logging.level"],
    ]);
    expect(plan.diff.isEmpty).toBe(true);
    expect(plan.format()).toContain("invalid: 2 errors, nothing would change");
  });

  test.each([
    ["parse", "server: [", "parse_error"],
    ["read", "", "source_empty"],
    ["merge", "providers: {$apend: []}", "unknown_operator"],
    ["structure", "server: {port: 0}", "out_of_range"],
    ["cross_field", "routing: {fallback: nobody}", "unknown_provider"],
    ["references", 'providers: [{id: a, key: "${secret:nowhere}"}]', "unresolvable_reference"],
    ["references", 'providers: [{id: a, key: "${env:NOBODY_SETS_IT}"}]', "secret_unavailable"],
    ["rules", "server: {host: forbidden}", "not forbidden"],
  ])("PLN-1 has what stage %s finds of %j, which is not in force", async (stage, text, code) => {
    await using scene = await openFile("server: {host: one}\n");
    const { manager, file } = scene;
    const before = manager.snapshot();

    const plan = await manager.plan({ files: { [file]: text } });
    await writeFile(file, text);
    const reload = await manager.reload();

    expect(plan.valid).toBe(false);
    expect(plan.report.errors.map((error) => error.code)).toEqual([code]);
    expect(plan.report.errors[0]).toEqual(reload.errors[0]);
    expect([reload.status, reload.stage]).toEqual(["rejected", stage]);
    expect(manager.snapshot()).toBe(before);
  });

  test("PLN-1 LOAD-11 a source that is away has its last value in it, one that is gone makes it invalid", async () => {
    await using managed = await manage({ server: { host: "one" } });
    const { manager, source } = managed;

    source.isAway = true;
    const away = await manager.plan({ overrides: { server: { port: 1 } } });
    source.isAway = false;
    source.remove();
    const gone = await manager.plan();

    expect([away.valid, away.diff.summary()]).toEqual([true, "1 changes, 0 additions, 0 removals"]);
    expect([gone.valid, gone.report.errors[0]?.code]).toEqual([false, "source_missing"]);
    expect(manager.status.health).toBe("ok"); // nothing has happened
  });

  test("PLN-1 HIS-10 content that is on hold would not be used", async () => {
    await using managed = await manage({ server: { host: "one" } });
    const { manager, source } = managed;
    source.put({ server: { host: "two" } });
    await manager.reload();
    await manager.rollback(0);

    const held = await manager.plan();
    source.put({ server: { host: "three" } });
    const third = await manager.plan();

    expect(held.diff.isEmpty).toBe(true);
    expect(third.diff.changes).toMatchObject([{ oldValue: "one", newValue: "three" }]);
  });

  test("PLN-1 of a rollback has the stage that would refuse it", async () => {
    await using scene = await openFile("server: {host: '${env:HOST_OF_THE_PLAN:-one}'}\n");
    const { manager, file } = scene;
    await writeFile(file, "server: {host: two}\n");
    await manager.reload();
    scene.forbid("one");

    const plan = await manager.rollback(0, { dryRun: true });

    expect(plan).toMatchObject({ status: "rejected", stage: "rules", version: 2 });
    expect(manager.version).toBe(2);
  });

  test("PLN-1 of files reads the contents that are given in place of those on disk", async () => {
    const folder = await mkdtemp(join(tmpdir(), "llmcfg-plan-"));
    const file = join(folder, "gateway.yaml");
    await writeFile(file, "server: { host: one }\n");
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rm(folder, { recursive: true }));
    const loader = new ConfigLoader(gatewaySchema).addFile(file);
    const manager = stack.use(
      await createManager({ loader, validator: new ConfigValidator(gatewaySchema) }),
    );

    const plan = await manager.plan({ files: { [file]: "server: { host: two }\n" } });
    const other = manager.plan({ files: { [join(folder, "gatway.yaml")]: "{}" } });

    expect(plan.diff.changes).toMatchObject([
      { path: "server.host", oldValue: "one", newValue: "two" },
    ]);
    await expect(other).rejects.toMatchObject({
      code: "unknown_file",
      hint: `the files are ${file}`,
    });
    expect(await readFile(file, "utf8")).toBe("server: { host: one }\n");
  });

  test("PLN-1 of two configurations needs no process that runs them", async () => {
    const from = await new ConfigLoader(gatewaySchema)
      .withOverrides({ server: { host: "one" } })
      .load();

    const plan = await planChange({
      from,
      to: new ConfigLoader(gatewaySchema).withOverrides({ server: { host: "two" } }),
      validator: new ConfigValidator(gatewaySchema),
    });

    expect(plan.diff.summary()).toBe("1 changes, 0 additions, 0 removals");
  });

  test("PLN-2 has what the analysers of the schema say, the most dangerous first", async () => {
    const root = z.strictObject({ models: z.array(z.string()).default([]) });
    const vanishing: PlanAnalyser<z.output<typeof root>> = {
      name: "models",
      *analyse(from, to) {
        for (const model of to.models) {
          if (!from.models.includes(model)) yield impact("info", `${model} appears`);
        }
        for (const model of from.models) {
          if (!to.models.includes(model)) yield impact("danger", `${model} vanishes`);
        }
      },
    };
    const schema = defineSchema({ name: "models", root, analysers: [vanishing] });
    const from = await new ConfigLoader(schema).withOverrides({ models: ["a"] }).load();

    const plan = await planChange({
      from,
      to: new ConfigLoader(schema).withOverrides({ models: ["b"] }),
      validator: new ConfigValidator(schema),
    });

    expect(plan.impact.map(({ message }) => message)).toEqual(["a vanishes", "b appears"]);
  });

  test("PLN-3 reads well at 80 columns, without colour", async () => {
    await using managed = await manage({ logging: { level: "info" }, server: { port: 8080 } });

    const plan = await managed.manager.plan({
      overrides: {
        logging: { level: "warn" },
        server: { port: 9090 },
        metadata: { owner: "the platform team of the whole company" },
      },
    });

    expect(plan.format({ width: 80 })).toBe(
      [
        "applies at once (hot)",
        '  ~ metadata.owner  null → "the platform team of the whole company"',
        '  ~ logging.level   "info" → "warn"',
        "",
        "waits for a restart (restart)",
        "  ~ server.port  8080 → 9090",
        "",
        "plan: 3 changes, 0 additions, 0 removals",
      ].join("\n"),
    );
    expect(plan.format({ color: true })).toContain("\u001b[");
    expect(JSON.parse(JSON.stringify(plan))).toMatchObject({
      valid: true,
      summary: "3 changes, 0 additions, 0 removals",
      changes: { restart: [{ path: "server.port", oldValue: 8080, newValue: 9090 }], drain: [] },
      pendingRestart: { added: ["server.port"], cleared: [] },
      impact: [],
      participants: [],
    });
  });

  test("PLN-1 TNT-1 shows no secret", async () => {
    await using managed = await manage({});

    const plan = await managed.manager.plan({
      overrides: { providers: [{ id: "a", name: "a", key: "s3cr3t-canary" }] },
    });

    expect(plan.diff.additions).toHaveLength(1);
    expect(JSON.stringify(plan) + plan.format()).not.toContain("s3cr3t-canary");
  });
});

test("PLN-1 P22 of a document with another secrets backend leaves no connection to it open", async () => {
  await using peer = await HttpPeer.start((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end('{"data": {"data": {"value": "v"}, "metadata": {"version": 1}}}');
  });
  const document = {
    key: "${secret:a}",
    secrets: { backend: "vault", address: peer.url, mount_path: "kv", token: "t" },
  };
  const vaulted = defineSchema({
    name: "vaulted",
    root: z.strictObject({
      key: field.secret().optional(),
      secrets: z.record(z.string(), z.string()).optional(),
    }),
    secrets: "secrets",
  });
  const loader = new ConfigLoader(vaulted).addSource(new MemorySource({}));
  const validator = new ConfigValidator(vaulted);
  await using manager = await createManager({ loader, validator });
  const isClosed = () => peer.requests.every(({ socket }) => socket.destroyed);

  const plan = await manager.plan({ document });
  await until("the connections are closed", isClosed, 2_000); // idle ones end by themselves after 5 s
  await using accepting = await createManager({
    loader: new ConfigLoader(vaulted).addSource(new MemorySource(document)),
    validator,
  });
  const asked = peer.requests.length;
  const again = await accepting.plan();

  expect([plan.valid, asked > 0, again.valid]).toEqual([true, true, true]);
  expect(isClosed()).toBe(false); // what is accepted has its own still
});

test("HIS-9 a dry rollback says what it would change, and changes nothing", async () => {
  await using managed = await manage({ server: { host: "one" } });
  const { manager } = managed;
  await manager.set({ server: { host: "two" } });
  const before = manager.current();

  const result = await manager.rollback(0, { dryRun: true });

  expect(result).toMatchObject({ status: "unchanged", version: 2, holds: [] });
  expect(result.diff?.changes).toMatchObject([{ path: "server.host", newValue: "one" }]);
  expect(manager.current()).toBe(before);
  await expect(manager.rollback(5, { dryRun: true })).rejects.toThrow("not found in history");
});

test("WHY-4 a document that is not loaded can be explained", async () => {
  await using managed = await manage({ server: { port: 1 } });

  const explained = managed.manager.explain("server.port", { document: { server: { port: 2 } } });
  const byDefault = managed.manager.explain("server.host", { document: {} });

  expect(explained).toMatchObject({ found: true, value: 2 });
  expect(explained.layers[0]).toMatchObject({ source: "document", rank: 1, wins: true });
  expect(byDefault).toMatchObject({ found: true, value: "localhost" });
});

interface FileScene extends AsyncDisposable {
  readonly file: string;
  readonly manager: ConfigManager<Gateway>;
  /** From now on a rule refuses this host. */
  readonly forbid: (host: string) => void;
}

/** A manager over one file, which refuses the host `forbidden`. */
async function openFile(text: string): Promise<FileScene> {
  const folder = await Folder.create();
  const file = await folder.write("gateway.yaml", text);
  const forbidden = new Set(["forbidden"]);
  const validator = new ConfigValidator(gatewaySchema).addRule({
    name: "not forbidden",
    check: ({ server }, { report }) => {
      if (forbidden.has(server.host)) report({ path: "server.host", message: "not this one" });
    },
  });
  const loader = new ConfigLoader(gatewaySchema).addFile(file);
  const manager = await createManager({ loader, validator });
  return {
    file,
    manager,
    forbid: (host) => void forbidden.add(host),
    [Symbol.asyncDispose]: async () => {
      await manager.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function impact(severity: "info" | "danger", message: string) {
  return { kind: "model", subject: message, severity, message, paths: ["models"] } as const;
}
