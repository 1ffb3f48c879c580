import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { type LastGoodStore, openLastGoodStore } from "@llmcfg/client/store";
import { expect, test } from "vitest";

const TOKEN = "llmcfg_sa_0123";
const SCOPE = "connect production/ml-service";
const OTHER = "connect production/other";

test("SDK-04 what was saved last is loaded, also by another process", async () => {
  await using folder = await temporaryFolder();
  const store = await openStore(folder.path);
  await store.save(SCOPE, { revision: 1 });
  await store.save(SCOPE, { revision: 2 });
  await store.save(OTHER, { revision: 9 });

  const again = await openStore(folder.path);

  expect(await again.load(SCOPE)).toEqual({
    content: { revision: 2 },
    savedAtMs: 1_000,
    generation: "current",
  });
  expect(await again.load(OTHER)).toMatchObject({ content: { revision: 9 } });
  expect(await again.load("connect production/new")).toBeUndefined();
});

test("SDK-04 LAW-09 files are their owner's alone and show nothing of what is in them", async () => {
  await using folder = await temporaryFolder();
  const dir = join(folder.path, "made", "here");
  const store = await openStore(dir);

  await store.save(SCOPE, { marker: "s3cr3t" });

  const names = await readdir(dir);
  expect(names).toHaveLength(1);
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
  for (const name of names) {
    expect(name).toMatch(/^[0-9a-f]{64}\.state$/); // no name of anybody's
    expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
    const bytes = await readFile(join(dir, name), "latin1");
    expect(bytes).not.toMatch(/s3cr3t|marker|ml-service/);
  }
});

test("N6 a corrupt file is refused and the one before it is used", async () => {
  await using folder = await temporaryFolder();
  const store = await openStore(folder.path);
  await store.save(SCOPE, { revision: 1 });
  await store.save(SCOPE, { revision: 2 });
  await corrupt(folder.path, ".state");

  expect(await store.load(SCOPE)).toEqual({
    content: { revision: 1 },
    savedAtMs: 1_000,
    generation: "previous",
  });
});

test("N6 a corrupt file never pushes out the good one before it", async () => {
  await using folder = await temporaryFolder();
  const store = await openStore(folder.path);
  await store.save(SCOPE, { revision: 1 });
  await store.save(SCOPE, { revision: 2 });
  await corrupt(folder.path, ".state");

  await store.save(SCOPE, { revision: 3 });
  await corrupt(folder.path, ".state");

  expect(await store.load(SCOPE)).toMatchObject({ content: { revision: 1 } });
});

test("where both are corrupt there is nothing", async () => {
  await using folder = await temporaryFolder();
  const store = await openStore(folder.path);
  await store.save(SCOPE, { revision: 1 });
  await store.save(SCOPE, { revision: 2 });
  await corrupt(folder.path, ".state");
  await corrupt(folder.path, ".previous");

  expect(await store.load(SCOPE)).toBeUndefined();
});

test("a file of another scope in its place is refused", async () => {
  await using folder = await temporaryFolder();
  const store = await openStore(folder.path);
  await store.save(OTHER, { revision: 9 });
  const [foreign = ""] = await readdir(folder.path);
  await store.save(SCOPE, { revision: 1 });
  const own = (await readdir(folder.path)).find((name) => name !== foreign) ?? "";
  await writeFile(join(folder.path, own), await readFile(join(folder.path, foreign)));

  expect(await store.load(SCOPE)).toBeUndefined();
});

test("SDK-04 after a new credential there is nothing, until the next good state replaces it", async () => {
  await using folder = await temporaryFolder();
  await (await openStore(folder.path)).save(SCOPE, { revision: 1 });
  const renewed = await openStore(folder.path, "llmcfg_sa_9999");

  const before = await renewed.load(SCOPE);
  await renewed.save(SCOPE, { revision: 2 });

  expect(before).toBeUndefined();
  expect(await renewed.load(SCOPE)).toMatchObject({ content: { revision: 2 } });
  expect(await (await openStore(folder.path)).load(SCOPE)).toBeUndefined();
});

test("a crash between the two renames of a save leaves the state of before", async () => {
  await using folder = await temporaryFolder();
  const store = await openStore(folder.path);
  await store.save(SCOPE, { revision: 1 });
  await store.save(SCOPE, { revision: 2 });
  await removeFile(folder.path, ".state"); // it has its other name already

  expect(await store.load(SCOPE)).toMatchObject({
    content: { revision: 1 },
    generation: "previous",
  });
});

test("a link in the place of a file is not followed, and is replaced", async () => {
  await using folder = await temporaryFolder();
  const store = await openStore(folder.path);
  await store.save(SCOPE, { revision: 1 });
  const [name = ""] = await readdir(folder.path);
  const target = join(folder.path, "elsewhere");
  await writeFile(target, await readFile(join(folder.path, name)));
  await rm(join(folder.path, name));
  await symlink(target, join(folder.path, name));

  const loaded = await store.load(SCOPE);
  await store.save(SCOPE, { revision: 2 });

  expect(loaded).toBeUndefined();
  expect(await store.load(SCOPE)).toMatchObject({ content: { revision: 2 } });
  expect((await readFile(target)).length).toBeGreaterThan(0);
});

test("saves that are asked for at once happen one after another, the last one last", async () => {
  await using folder = await temporaryFolder();
  const store = await openStore(folder.path);

  await Promise.all([1, 2, 3, 4, 5].map((revision) => store.save(SCOPE, { revision })));

  expect(await store.load(SCOPE)).toMatchObject({ content: { revision: 5 } });
  expect((await readdir(folder.path)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("what a crash has left behind is cleared away once it is old", async () => {
  await using folder = await temporaryFolder();
  const [old, young] = [join(folder.path, "x.state.1.tmp"), join(folder.path, "x.state.2.tmp")];
  await writeFile(old, "");
  await writeFile(young, "");
  const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1_000);
  await utimes(old, yesterday, yesterday);

  await openStore(folder.path);

  expect(await readdir(folder.path)).toEqual(["x.state.2.tmp"]);
});

test("SDK-01 an agent id is the host name and a suffix, the same for as long as the folder is", async () => {
  await using folder = await temporaryFolder();
  const first = await (await openStore(folder.path)).agentId(SCOPE);

  const store = await openStore(folder.path);

  expect(store.node).toBe(hostname());
  expect(first).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*-[0-9a-f]{10}$/);
  expect(await store.agentId(SCOPE)).toBe(first);
  expect(await store.agentId(OTHER)).not.toBe(first); // another agent
});

test("an agent id that is no id any more is made anew", async () => {
  await using folder = await temporaryFolder();
  const store = await openStore(folder.path);
  await store.agentId(SCOPE);
  await corrupt(folder.path, ".agent");

  const anew = await store.agentId(SCOPE);

  expect(anew).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*-[0-9a-f]{10}$/);
  expect(await store.agentId(SCOPE)).toBe(anew);
});

function openStore(dir: string, token = TOKEN): Promise<LastGoodStore> {
  return openLastGoodStore({ dir, token, nowMs: () => 1_000 });
}

test.skipIf(!existsSync("/proc/self"))(
  "SDK-04 where no folder can be made that is said, and nothing goes on trying",
  async () => {
    const opening = openStore("/proc/nothing/can-be-made");

    await expect(opening).rejects.toMatchObject({ code: "ENOENT" });
  },
);

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "llmcfg-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function corrupt(dir: string, ending: string): Promise<void> {
  const path = await fileWith(dir, ending);
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 0xff, bytes.length - 1);
  await writeFile(path, bytes);
}

async function removeFile(dir: string, ending: string): Promise<void> {
  await rm(await fileWith(dir, ending));
}

async function fileWith(dir: string, ending: string): Promise<string> {
  const name = (await readdir(dir)).find((each) => each.endsWith(ending));
  if (name === undefined) throw new Error(`there is no *${ending}`);
  return join(dir, name);
}
