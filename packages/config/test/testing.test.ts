import { writeFile } from "node:fs/promises";
import { ConfigLoader, ConfigValidator, createManager } from "@llmcfg/config";
import { cached } from "@llmcfg/config/secrets";
import {
  CanaryLeakError,
  faultyFileSystem,
  ManualClock,
  MemorySource,
  withCanaries,
} from "@llmcfg/config/testing";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";

test("TNT-3 TNT-1 AUD-6 nothing that a manager tells, shows, logs, records or keeps has a canary", async () => {
  await using folder = await Folder.create();

  const revealed = await withCanaries(async (canaries) => {
    const keyFile = await folder.write("key", canaries.textOf("file"));
    await folder.write("gateway.yaml", documentOf(keyFile, canaries.textOf("literal")));
    const loader = new ConfigLoader(gatewaySchema)
      .addFile(folder.at("gateway.yaml"))
      .addSource(new MemorySource({ server: { host: "one" } }))
      .addEnv({ variables: { KEY: canaries.textOf("env") } })
      .withSecretsManager(cached(canaries.secrets));
    const manager = await createManager({
      loader,
      validator: new ConfigValidator(gatewaySchema),
      logger: canaries.logger,
      audit: { required: true, sink: canaries.auditSink },
      stateDir: folder.at("state"),
    });
    canaries.observe(manager);
    canaries.observeFolder(folder.at("state"));
    await manager.start();
    const key = canaries.textOf("override");
    canaries.record("refused", await manager.set({ server: { port: key as unknown as number } }));
    canaries.record("accepted", await manager.set({ providers: { $merge: { a: { key } } } }));
    canaries.record("rollback", await manager.rollback(0));
    return [...(await manager.resolveSecrets()).keys()];
  });

  expect(revealed).toEqual(["a", "b", "c", "d"].map((id) => `providers[${id}].key`));
});

test.each([
  ["raw", (text: string) => `key=${text}.`],
  ["JSON-escaped", (text: string) => JSON.stringify({ key: text })],
  ["URL-encoded", (text: string) => `https://a.test/?key=${encodeURIComponent(text)}&b=1`],
  ["base64-encoded", (text: string) => Buffer.from(text).toString("base64")],
  ["base64-encoded", (text: string) => `Basic ${Buffer.from(`u:${text}`).toString("base64")}`],
  ["base64-encoded", (text: string) => Buffer.from(`xy${text}z`).toString("base64url")],
  ["base64-encoded", (text: string) => Buffer.from(`{"k":"${text}"}`).toString("base64")],
  ["hex-encoded", (text: string) => Buffer.from(text).toString("hex")],
  ["hex-encoded", (text: string) => Buffer.from(`u:${text}`).toString("hex").toUpperCase()],
  ["in part", (text: string) => text.slice(0, -2)],
])(
  "TNT-3 a canary that comes out %s is found, and named without being shown",
  async (encoding, write) => {
    let text = "";

    const failure = await withCanaries((canaries) => {
      text = canaries.textOf("openai-key");
      canaries.record("log", write(text));
    }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(CanaryLeakError);
    expect(failure).toMatchObject({ leaks: [{ sink: "log", secret: "openai-key", encoding }] });
    expect(String(failure)).not.toContain(text.slice(0, 20));
  },
);

test.each([
  [
    "a cause of a cause",
    (text: string) => new Error("a", { cause: new Error("b", { cause: new Error(text) }) }),
  ],
  ["an error among several", (text: string) => new AggregateError([new Error(text)], "all failed")],
  [
    "a member that is not enumerable",
    (text: string) => Object.defineProperty({}, "key", { value: text }),
  ],
  ["a map", (text: string) => new Map([["key", text]])],
  ["what JSON makes of it", (text: string) => ({ toJSON: () => text })],
  ["bytes", (text: string) => Buffer.from(`key ${text}`)],
  ["the end of a long list", (text: string) => [...Array.from({ length: 500 }, () => 0), text]],
])("TNT-3 a canary is found in %s", async (_place, put) => {
  const failure = withCanaries((canaries) => canaries.record("log", put(canaries.textOf("a"))));

  await expect(failure).rejects.toThrow(CanaryLeakError);
});

test("TNT-3 each secret, member and version has a canary of its own, and keeps it", async () => {
  await withCanaries(async ({ secrets }) => {
    const read = async (path: string, options = {}) =>
      new TextDecoder().decode((await secrets.getSecret(path, options)).bytes);

    const texts = [
      await read("a"),
      await read("b"),
      await read("a", { key: "k" }),
      await read("a", { version: "2" }),
    ];

    expect(new Set(texts).size).toBe(4);
    expect(await read("a")).toBe(texts[0]);
  });
});

test("TNT-3 a canary in what a test throws or leaves on disk is found; another error is thrown on", async () => {
  await using folder = await Folder.create();

  const failing = withCanaries((canaries) => {
    throw new Error(`no key of ${canaries.textOf("a").length} characters`);
  });
  const leaking = withCanaries((canaries) => {
    throw new Error(`refused ${canaries.textOf("a")}`);
  });
  const onDisk = withCanaries(async (canaries) => {
    canaries.observeFolder(folder.path);
    await writeFile(folder.at("state.json"), JSON.stringify({ key: canaries.textOf("a") }));
  });

  await expect(failing).rejects.toThrow(/^no key of \d+ characters$/);
  await expect(leaking).rejects.toMatchObject({ leaks: [{ sink: "thrown error" }] });
  await expect(onDisk).rejects.toMatchObject({ leaks: [{ encoding: "JSON-escaped" }] });
});

test("TNT-3 a run without any canary fails: it would prove nothing", async () => {
  await expect(withCanaries(() => {})).rejects.toThrow("no canary was asked for");
});

test("a file system fails as often as it is told, where it is told, and then no more", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("a.yaml", "server: {port: 1}");
  const fs = faultyFileSystem();

  fs.addFault({ operation: "readFile", path: /a\.yaml$/, times: 1, fails: "EIO" });
  const torn = fs.addFault({ operation: "readFile", times: 1, fails: { keepBytes: 6 } });
  const first = await fs.readFile(path);
  const second = await fs.readFile(path).catch((error: unknown) => error);
  const third = await fs.readFile(path);
  torn[Symbol.dispose]();

  expect(new TextDecoder().decode(first)).toBe("server");
  expect(second).toMatchObject({ code: "EIO", path });
  expect(third).toHaveLength(17);
  expect(fs.calls).toEqual([1, 2, 3].map(() => ({ operation: "readFile", path })));
});

test("a manager lives through faults of the file system, and leaves no watch and no timer", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("a.yaml", "server: {host: one}");
  const fs = faultyFileSystem();
  const clock = new ManualClock();
  const loader = new ConfigLoader(gatewaySchema, { fs, clock }).addFile(path);
  const manager = await createManager({
    loader,
    validator: new ConfigValidator(gatewaySchema),
    clock,
  });
  await manager.start();
  const watching = fs.openWatches;

  await folder.save("a.yaml", "server: {host: two}");
  const broken = fs.addFault({ operation: "readFile", path, fails: "EIO" });
  const refused = await manager.reload();
  broken[Symbol.dispose]();
  const applied = await manager.reload();
  await manager.stop();

  expect(watching).toBeGreaterThan(0);
  expect(refused.status).not.toBe("applied");
  expect(applied.status).toBe("applied");
  expect([fs.openWatches, clock.pending]).toEqual([0, 0]);
});

test("time moves only when it is told to, and what is due is called in order", () => {
  const clock = new ManualClock(0);
  const called: (readonly [string, number])[] = [];
  const note = (name: string) => () => called.push([name, clock.now()]);
  clock.setTimeout(note("late"), 20);
  clock.setTimeout(note("early"), 10);
  clock.setTimeout(note("never"), 15)[Symbol.dispose]();
  clock.setTimeout(() => clock.setTimeout(note("nested"), 5), 10);

  clock.advance(20);

  expect(called).toEqual([
    ["early", 10],
    ["nested", 15],
    ["late", 20],
  ]);
  expect([clock.now(), clock.pending]).toEqual([20, 0]);
});

function documentOf(keyFile: string, literal: string): string {
  return [
    "providers:",
    '  - {id: a, key: "${secret:openai}"}',
    `  - {id: b, key: "\${file:${keyFile}}"}`,
    '  - {id: c, key: "${env:KEY}"}',
    `  - {id: d, key: ${JSON.stringify(literal)}}`,
  ].join("\n");
}
