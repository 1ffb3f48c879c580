/**
 * Who is there to apply a change, and with `--wait` until they have.
 *
 * @module
 */

import type { Client } from "@llmcfg/client";
import { isLlmcfgError, LlmcfgError } from "@llmcfg/core";
import type { Fleet, WriteResult } from "@llmcfg/protocol";
import { type Invocation, usage } from "../command.ts";
import { timeoutOf } from "../connection.ts";
import type { PreparedWrite } from "./prepare-write.ts";

const WAIT_MS = 60_000;
/** How long the server holds one question. */
const POLL_MS = 5_000;

/**
 * @param note says something to the user; the wait is the same where nobody listens
 * @throws {LlmcfgError} `AGENT_REJECTED`, `WAIT_TIMEOUT`
 */
export async function reportFleet(
  { io, flags }: Pick<Invocation, "io" | "flags">,
  { client, ref }: PreparedWrite,
  { revision }: WriteResult,
  note: (text: string) => void,
): Promise<void> {
  const goal = goalOf(flags["wait"]);
  const { service } = ref;
  const fleet = await readFleet(client, { service }, io.signal);
  if (fleet === undefined) return;
  const connected = fleet.total - fleet.gone;
  if (connected === 0 || goal === undefined) {
    const count = connected === 0 ? "no" : String(connected);
    note(`${count} ${connected === 1 ? "agent" : "agents"} connected`);
    return;
  }
  await untilApplied({ client, service, revision, signal: io.signal }, goal, {
    limitMs: timeoutOf(flags) ?? WAIT_MS,
    note,
  });
}

/** How many of so many have to have it. */
export type Goal = (connected: number) => number;

/**
 * `all`, `50%` or `3`; `undefined` without the flag.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT`
 */
export function goalOf(flag: string | boolean | undefined): Goal | undefined {
  if (flag === undefined) return undefined;
  if (flag === true || flag === "all") return (connected) => connected;
  const [, number = "", percent] = /^([1-9][0-9]{0,5})(%?)$/.exec(String(flag)) ?? [];
  const count = Number(number);
  if (percent === "%" && count <= 100) return (connected) => Math.ceil((connected * count) / 100);
  if (percent === "") return (connected) => Math.min(count, connected);
  throw usage(`--wait=${String(flag)} is no number of agents`, "--wait, --wait=50% or --wait=3");
}

interface Question {
  readonly client: Client;
  readonly service: string;
  readonly revision: number;
  readonly signal: AbortSignal;
}

async function untilApplied(
  question: Question,
  goal: Goal,
  { limitMs, note }: { readonly limitMs: number; readonly note: (text: string) => void },
): Promise<void> {
  const { client, service, revision, signal } = question;
  const startedAt = performance.now();
  let percent = 0; // the first question is answered at once
  for (;;) {
    const leftMs = limitMs - (performance.now() - startedAt);
    const waitMs = Math.round(Math.max(0, Math.min(POLL_MS, leftMs)));
    const filter = { service, revision, until: `applied:${percent}%`, waitMs };
    const fleet = await readFleet(client, filter, signal);
    if (fleet === undefined) return;
    const connected = fleet.total - fleet.gone;
    const needed = goal(connected);
    if (fleet.applied >= needed) {
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      note(`${fleet.applied}/${connected} agents applied in ${seconds} s`);
      return;
    }
    if (fleet.failed > 0) throw await rejection(question);
    if (performance.now() - startedAt >= limitMs) {
      const message = `${fleet.applied} of ${connected} agents applied r${revision} in time`;
      throw new LlmcfgError("WAIT_TIMEOUT", message, { hint: "see llmcfg agent list" });
    }
    percent = Math.ceil((needed / connected) * 100);
  }
}

/** Nothing, where the caller may not see agents: the write itself is done. */
async function readFleet(
  client: Client,
  filter: Parameters<Client["getFleet"]>[0],
  signal: AbortSignal,
): Promise<Fleet | undefined> {
  try {
    return (await client.getFleet(filter, { signal, timeoutMs: 3 * POLL_MS })).body;
  } catch (error) {
    if (isLlmcfgError(error, "POLICY_DENIED")) return undefined;
    throw error;
  }
}

async function rejection({ client, service, signal }: Question): Promise<LlmcfgError> {
  const { body } = await client.listAgents({ service, sync: "Failed" }, { signal });
  const [first] = body.items;
  const why = first?.lastError?.detail ?? "it gave no reason";
  const agents = body.items.map(({ id, lastError }) => ({ id, error: lastError?.detail ?? null }));
  return new LlmcfgError("AGENT_REJECTED", `${first?.id ?? "an agent"} refused it: ${why}`, {
    agents,
  });
}
