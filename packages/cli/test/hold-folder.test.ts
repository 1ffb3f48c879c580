import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { holdFolder } from "../src/hold-folder.ts";

const MODULE = import.meta.resolve("../src/hold-folder.ts");
const NODE_FLAGS = ["--conditions=@llmcfg/source", "--input-type=module"];

test("a folder is held by one at a time, and whoever comes second hears which process that is", async () => {
  await using home = await temporaryFolder();
  const folder = join(home.path, "made/here");
  const first = await holdFolder(folder);

  const second = holdFolder(folder);

  await expect(second).rejects.toMatchObject({
    reason: "STORE_UNAVAILABLE",
    message: `the data folder ${folder} is in use by another llmcfg dev (process ${process.pid})`,
  });
  first[Symbol.dispose]();
  using _again = await holdFolder(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test("a folder stays held where the same process tries again: no other process gets it", async () => {
  await using home = await temporaryFolder();
  using _first = await holdFolder(home.path);
  await expect(holdFolder(home.path)).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });

  const [other] = await holdInProcesses(home.path, 1);

  expect(other?.said).toBe(`in use by another llmcfg dev (process ${process.pid})`);
});

test("of several that start at once one holds the folder, and the others name that one", async () => {
  await using home = await temporaryFolder();

  const processes = await holdInProcesses(home.path, 3);

  const [holder, ...more] = processes.filter(({ said }) => said === "held");
  const refused = processes.filter(({ said }) => said !== "held").map(({ said }) => said);
  expect(more).toEqual([]);
  expect(refused).toEqual(Array(2).fill(`in use by another llmcfg dev (process ${holder?.pid})`));
});

test("the process that holds a folder is the one that is named, whatever one that loses wrote", async () => {
  await using home = await temporaryFolder();
  const file = join(home.path, "dev.lock");
  using loser = loseAfterCommit(file);

  using _held = await holdFolder(home.path);

  using database = new DatabaseSync(file);
  expect(loser.writes).toBe(1);
  expect(pidIn(database)).toBe(process.pid);
});

test("folders are held apart from each other", async () => {
  await using home = await temporaryFolder();

  using one = await holdFolder(join(home.path, "one"));
  using other = await holdFolder(join(home.path, "other"));

  expect([one, other]).toHaveLength(2);
});

test.skipIf(!existsSync("/proc/self"))(
  "a folder that cannot be made is named, and nothing goes on trying",
  async () => {
    const holding = holdFolder("/proc/nothing/can-be-made");

    await expect(holding).rejects.toMatchObject({
      reason: "STORE_UNAVAILABLE",
      message: "the data folder /proc/nothing/can-be-made cannot be used (ENOENT)",
    });
  },
);

/** Each says whether it holds the folder, and holds it until all have said so. */
async function holdInProcesses(folder: string, count: number) {
  const code = `
    const { holdFolder } = await import(${JSON.stringify(MODULE)});
    const said = await holdFolder(process.argv[1]).then(
      () => "held",
      (error) => error.message.replace(/^.* is in use/, "in use"),
    );
    console.log(said);
    process.stdin.resume();`;
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, [...NODE_FLAGS, "-e", code, folder], {
      stdio: ["pipe", "pipe", "inherit"],
    }),
  );
  const answers = await Promise.all(
    children.map(async ({ pid, stdout }) => {
      for await (const line of createInterface(stdout)) return { pid, said: line };
      return { pid, said: "nothing" };
    }),
  );
  for (const child of children) {
    child.stdin.end();
    await once(child, "exit");
  }
  return answers;
}

/** Once: between the commit of the one and the lock it takes then, another writes its own id. */
function loseAfterCommit(file: string): Disposable & { readonly writes: number } {
  const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, "exec");
  if (exec === undefined) throw new Error("a database executes nothing");
  let writes = 0;
  const execThenLose = function (this: DatabaseSync, sql: string): void {
    exec.value.call(this, sql);
    if (writes > 0 || !sql.includes("commit")) return;
    writes++;
    using database = new DatabaseSync(file);
    exec.value.call(database, "begin immediate; pragma user_version = 1; commit");
  };
  Object.defineProperty(DatabaseSync.prototype, "exec", { ...exec, value: execThenLose });
  return {
    get writes() {
      return writes;
    },
    [Symbol.dispose]: () => {
      Object.defineProperty(DatabaseSync.prototype, "exec", exec);
    },
  };
}

function pidIn(database: DatabaseSync): unknown {
  return database.prepare("pragma user_version").get()?.["user_version"];
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "llmcfg-hold-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
