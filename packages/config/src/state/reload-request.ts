/**
 * What a process is asked for beside the signal, which itself can say nothing.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { systemCode } from "../file-system.ts";
import { readPrivateFile, replaceFile } from "./atomic-file.ts";

export interface ReloadRequest {
  /** Asks the secret backends again instead of their caches. */
  readonly refreshSecrets?: boolean | undefined;
}

const requestShape: z.ZodType<ReloadRequest> = z.object({ refreshSecrets: z.boolean().optional() });

/**
 * From now on the next signal is about this too: leave it before the signal is sent. Each that asks
 * has a file of its own, so that several may do so at the same time.
 */
export async function leaveRequest(stateDir: string, request: ReloadRequest): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(request));
  const path = join(stateDir, `reload-request-${randomUUID()}.json`);
  await replaceFile(path, bytes, { outlastsMachine: false });
}

const REQUEST = /^reload-request-[0-9a-f-]{36}\.json$/;

/**
 * All that was left for the next signal, together; it then is no longer. What must not be used is as
 * if it were not there.
 */
export async function takeRequest(stateDir: string): Promise<ReloadRequest> {
  const names = (await namesIn(stateDir)).filter((name) => REQUEST.test(name));
  const requests = await Promise.all(names.map((name) => takeOne(join(stateDir, name))));
  return { refreshSecrets: requests.some(({ refreshSecrets }) => refreshSecrets === true) };
}

async function takeOne(path: string): Promise<ReloadRequest> {
  try {
    const bytes = await readPrivateFile(path);
    if (bytes === undefined) return {};
    await rm(path, { force: true });
    return requestShape.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    await rm(path, { force: true }).catch(() => {}); // it is not looked at again
    return {}; // then it is a signal like any other
  }
}

async function namesIn(stateDir: string): Promise<readonly string[]> {
  try {
    return await readdir(stateDir);
  } catch (error) {
    if (systemCode(error) !== undefined) return []; // nothing was left in it
    throw error;
  }
}
