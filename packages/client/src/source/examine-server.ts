import type { DoctorFinding } from "@llmcfg/config";
import { checkClockSkew } from "@llmcfg/config/sources";
import { isLlmcfgError } from "@llmcfg/core";
import { createClient } from "../client.ts";
import { SYSTEM_RUNTIME } from "../runtime.ts";
import { type LlmcfgSourceOptions, toClientOptions } from "./options.ts";

/** A doctor waits no longer than 10 s for a source. */
const TIMEOUT_MS = 8_000;

/**
 * Whether the server answers for the service, and whether both sides have the same time (CHK-8). It is
 * asked anew: what is read here changes nothing of what the source knows.
 */
export async function examineServer(
  options: LlmcfgSourceOptions,
  id: string,
): Promise<readonly DoctorFinding[]> {
  const { env, service, runtime = SYSTEM_RUNTIME } = options;
  const given = toClientOptions(options);
  const send = given.fetch ?? globalThis.fetch;
  let time: DoctorFinding | undefined;
  const fetch: typeof globalThis.fetch = async (...asked) => {
    const answer = await send(...asked);
    time = checkClockSkew(id, answer.headers.get("date") ?? undefined, runtime.nowMs());
    return answer;
  };
  const client = createClient({ ...given, fetch, timeoutMs: TIMEOUT_MS });
  const reach = await client.getBundle({ env, service }).then(
    () => answers(id),
    (error: unknown) => fails(id, error),
  );
  return time === undefined ? [reach] : [reach, time];
}

function answers(id: string): DoctorFinding {
  return { id: "CHK-8", result: "pass", message: `${id} answers` };
}

function fails(id: string, error: unknown): DoctorFinding {
  if (!isLlmcfgError(error)) throw error;
  return {
    id: "CHK-8",
    result: "fail",
    message: `${id}: ${error.message} (${error.reason})`,
    fix: "check address, network, token and permissions",
  };
}
