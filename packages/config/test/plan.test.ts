import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ConfigLoader,
  ConfigValidator,
  createManager,
  defineSchema,
  type PlanAnalyser,
  planChange,
} from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { manage } from "./support/manage.ts";

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

function impact(severity: "info" | "danger", message: string) {
  return { kind: "model", subject: message, severity, message, paths: ["models"] } as const;
}
