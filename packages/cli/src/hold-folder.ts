import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeFolder } from "@llmcfg/client/store";
import { LlmcfgError } from "@llmcfg/core";

/** The lock is a database that nothing is kept in but the process that holds it. */
const FILE = "dev.lock";
/** For others that only look. */
const MAX_WAIT_MS = 250;
const SQLITE_BUSY = 5;

/**
 * Holds a data folder for one development server, and makes it where it is missing: the token of
 * each such server takes the place of the one before, so two of them would shut each other's users
 * out. Servers of other kinds may share the folder.
 *
 * Ends with the process, however that ends, so nothing is ever left to be removed by hand.
 *
 * @throws {LlmcfgError} `STORE_UNAVAILABLE` where another process holds it, or it cannot be made
 */
export async function holdFolder(folder: string): Promise<Disposable> {
  try {
    await makeFolder(folder);
    return hold(join(folder, FILE));
  } catch (error) {
    if (error instanceof FolderHeld) throw inUse(folder, error.pid);
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    const message = `the data folder ${folder} cannot be used${code}`;
    throw new LlmcfgError("STORE_UNAVAILABLE", message, { retryAfter: 1 }, { cause: error });
  }
}

class FolderHeld extends Error {
  readonly pid: number;

  constructor(pid: number) {
    super("the folder is held");
    this.pid = pid;
  }
}

function hold(file: string): Disposable {
  makeFile(file);
  using stack = new DisposableStack();
  const database = stack.use(new DatabaseSync(file, { timeout: MAX_WAIT_MS }));
  try {
    database.exec("begin immediate");
    do {
      database.exec(`pragma user_version = ${process.pid}; commit`); // from here on others can read it
      database.exec("begin immediate");
    } while (pidIn(database) !== process.pid); // one that is about to lose wrote its own in between
  } catch (error) {
    if (isBusy(error)) throw new FolderHeld(pidIn(database));
    throw error;
  }
  return stack.move();
}

/** Leaves a file that is there alone: to close it would end the locks of this process on it. */
function makeFile(file: string): void {
  try {
    closeSync(openSync(file, "ax", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) : 0;
  return (code & 0xff) === SQLITE_BUSY; // what is above says more of the same
}

function pidIn(database: DatabaseSync): number {
  return Number(database.prepare("pragma user_version").get()?.["user_version"]);
}

function inUse(folder: string, pid: number): LlmcfgError {
  const message = `the data folder ${folder} is in use by another llmcfg dev (process ${pid})`;
  const hint = "stop that one, or take another folder with --data-dir";
  return new LlmcfgError("STORE_UNAVAILABLE", message, { retryAfter: 1, hint });
}
