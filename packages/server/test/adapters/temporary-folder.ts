import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder that goes with all that is in it when it is disposed. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "llmcfg-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
