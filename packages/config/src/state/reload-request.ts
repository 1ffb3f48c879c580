/**
 * What a process is asked for beside the signal, which itself can say nothing.
 *
 * @module
 */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readPrivateFile, replaceFile } from "./atomic-file.ts";

export interface ReloadRequest {
  /** Asks the secret backends again instead of their caches. */
  readonly refreshSecrets?: boolean | undefined;
}

const FILE = "reload-request.json";

const requestShape: z.ZodType<ReloadRequest> = z.object({ refreshSecrets: z.boolean().optional() });

/** From now on the next signal is about this: leave it before the signal is sent. */
export async function leaveRequest(stateDir: string, request: ReloadRequest): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(request));
  await replaceFile(join(stateDir, FILE), bytes, { outlastsMachine: false });
}

/** What was left for the next signal, which it is then no longer; nothing where it must not be used. */
export async function takeRequest(stateDir: string): Promise<ReloadRequest> {
  const path = join(stateDir, FILE);
  try {
    const bytes = await readPrivateFile(path);
    if (bytes === undefined) return {};
    await rm(path, { force: true });
    return requestShape.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return {}; // then it is a signal like any other
  }
}
