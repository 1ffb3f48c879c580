import { chmod, copyFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { draftOf } from "../../../../tests/conformance/ports/drafts.ts";
import { sqlStores } from "../../src/adapters/sql/stores.ts";
import { openSqlite } from "../../src/adapters/sqlite/open.ts";
import { temporaryFolder } from "./temporary-folder.ts";

test("LAW-08 what was committed is there after the database was closed and opened again", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "store.db");
  {
    await using db = await openSqlite(file);
    await sqlStores(db).configs.commit("default", draftOf(1, { key: "a", value: "x" }));
  }

  await using db = await openSqlite(file);

  const { configs, audit } = sqlStores(db);
  expect(await configs.headRevision("default")).toBe(2);
  expect(await configs.currentVersions("default", { envs: ["production"] })).toMatchObject([
    { stored: { kind: "plain", value: "x" } },
  ]);
  expect(await audit.recordsFrom("default", 0, 10)).toHaveLength(1);
});

test("LAW-08 what was committed is in the files at once, as a process that is killed leaves them", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "store.db");
  await using db = await openSqlite(file);

  await sqlStores(db).configs.commit("default", draftOf(1, { key: "a", value: "x" }));
  for (const end of ["", "-wal"]) await copyFile(file + end, join(folder.path, `copy.db${end}`));

  await using copy = await openSqlite(join(folder.path, "copy.db"));
  expect(await sqlStores(copy).configs.headRevision("default")).toBe(2);
});

test("every commit waits for the disk, readers do not wait, and references between tables hold", async () => {
  await using folder = await temporaryFolder();
  await using db = await openSqlite(join(folder.path, "store.db"));

  const settings = ["journal_mode", "synchronous", "foreign_keys"].map(async (name) => {
    const { rows } = await db.executeQuery({ ...EMPTY, sql: `pragma ${name}` });
    return Object.values(rows[0] ?? {})[0];
  });

  expect(await Promise.all(settings)).toEqual(["wal", 2, 1]); // 2 is FULL
});

test("what it makes can be read by its user alone", async () => {
  await using folder = await temporaryFolder();
  const parent = join(folder.path, "data", "deep");
  await using db = await openSqlite(join(parent, "store.db"));
  await sqlStores(db).configs.commit("default", draftOf(1, { key: "a" }));

  const files = await readdir(parent);
  const modes = await Promise.all(files.map((name) => modeOf(join(parent, name))));

  expect(files.toSorted()).toEqual(["store.db", "store.db-shm", "store.db-wal"]);
  expect(modes).toEqual(["600", "600", "600"]);
  expect(await modeOf(parent)).toBe("700");
  expect(await modeOf(join(folder.path, "data"))).toBe("700");
});

test("a folder and a file that are there keep their modes", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "store.db");
  await writeFile(file, "");
  await chmod(file, 0o640);
  await chmod(folder.path, 0o750);

  await (await openSqlite(file)).destroy();

  expect([await modeOf(folder.path), await modeOf(file)]).toEqual(["750", "640"]);
});

test("no name of a file has a meaning of its own", async () => {
  await using folder = await temporaryFolder();
  const before = process.cwd();
  try {
    process.chdir(folder.path);
    await using db = await openSqlite("file:x?mode=memory");
    await sqlStores(db).configs.commit("default", draftOf(1, { key: "a" }));
  } finally {
    process.chdir(before);
  }

  expect(await readdir(folder.path)).toEqual(["file:x?mode=memory"]);
});

test("a database in memory is new each time", async () => {
  await using first = await openSqlite(":memory:");
  await sqlStores(first).configs.commit("default", draftOf(1, { key: "a" }));

  await using second = await openSqlite(":memory:");

  expect(await sqlStores(second).configs.headRevision("default")).toBe(1);
});

test("a database that a newer version has migrated is refused, and left as it is", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "store.db");
  await (await openSqlite(file)).destroy();
  using raw = new DatabaseSync(file);
  raw.exec("insert into kysely_migration values ('0999_future', '2999-01-01T00:00:00.000Z')");

  const refusal = openSqlite(file);

  await expect(refusal).rejects.toMatchObject({
    reason: "INVALID_ARGUMENT",
    message: "the database was made by a newer llmcfg: this one does not know 0999_future",
  });
  const applied = raw.prepare("select name from kysely_migration order by name").all();
  expect(applied.map((row) => row["name"])).toEqual(["0001_initial_schema", "0999_future"]);
});

test("a file that is no database is refused, and left as it is", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "notes.txt");
  await writeFile(file, "these are my notes, and no database\n".repeat(100));

  const refusal = openSqlite(file);

  await expect(refusal).rejects.toMatchObject({ reason: "INTEGRITY_FAILED" });
  expect((await stat(file)).size).toBe(3_600);
});

test("a file that cannot be made is refused with the reason of the system", async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, "file"), "");

  const refusal = openSqlite(join(folder.path, "file", "store.db"));

  await expect(refusal).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  await expect(refusal).rejects.toThrow(
    /cannot be opened \((ENOTDIR|EEXIST)\): nothing was written/,
  );
});

const EMPTY = {
  parameters: [],
  query: { kind: "RawNode", sqlFragments: [], parameters: [] },
  queryId: { queryId: "" },
} as const;

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

test("a folder that cannot be made is named, with why, at once", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "in-the-way");
  await writeFile(file, "");

  const refusals = [join(file, "deep", "store.db"), "/proc/nowhere/deep/store.db"].map((path) =>
    openSqlite(path),
  );

  await expect(refusals[0]).rejects.toMatchObject({
    reason: "STORE_UNAVAILABLE",
    message: expect.stringContaining(`${join(file, "deep")} cannot be opened (ENOTDIR)`),
  });
  await expect(refusals[1]).rejects.toMatchObject({
    reason: "STORE_UNAVAILABLE",
    message: expect.stringContaining("/proc/nowhere cannot be opened (ENOENT)"),
  });
});
