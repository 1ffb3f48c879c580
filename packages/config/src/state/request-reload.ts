import { join } from "node:path";
import { kill } from "node:process";
import { type Clock, systemClock } from "../clock.ts";
import { abortable } from "../concurrency.ts";
import { ConfigError } from "../errors.ts";
import { readPrivateFile } from "./atomic-file.ts";
import { processStart } from "./process-start.ts";
import { leaveRequest } from "./reload-request.ts";
import { STATE_FILES } from "./state-dir.ts";
import { parseStatus, type StatusReport, type StatusResult } from "./status-file.ts";

/** Which process is asked for a reload, and how long its answer may take. */
export interface RequestReloadOptions {
  readonly pid: number;
  readonly stateDir: string;
  /** How long to wait for the result. */
  readonly timeoutMs: number;
  /** Asks the secret backends again instead of their caches; default false. */
  readonly refreshSecrets?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Seam for tests. */
  readonly clock?: Clock | undefined;
}

const LOOK_MS = 25;

/**
 * Asks another process for a reload by SIGHUP, and waits for what became of it.
 *
 * The signal is sent only to the very process that wrote `status.json`, and only while it says that
 * it hears signals: any other process would end.
 *
 * @returns nothing where there is no answer in time; the reload may still be running
 * @throws {ConfigError} `no_status` where no manager with this state folder ran, `other_process` where
 *   it is not the one of this id, `not_running` where it has ended, `signals_off` where it does not
 *   listen; `state_unsafe` for a status file that others can write
 */
export async function requestReload(
  options: RequestReloadOptions,
): Promise<StatusResult | undefined> {
  const { pid, stateDir, timeoutMs, refreshSecrets = false, clock = systemClock } = options;
  const before = await requireStatus(stateDir);
  await requireListening(before, pid);
  if (refreshSecrets) await leaveRequest(stateDir, { refreshSecrets });
  const sentAtMs = clock.now();
  send(pid);
  for (;;) {
    const now = await readStatus(stateDir);
    if (now !== undefined && isAnswered(now, before, sentAtMs)) return now.signals.last;
    if (clock.now() >= sentAtMs + timeoutMs) return undefined;
    if (now?.isStopped === true) throw notRunning(pid);
    await wait(clock, options.signal);
  }
}

/** An answer to a signal that came before may know nothing of what this one is about. */
function isAnswered(now: StatusReport, before: StatusReport, sentAtMs: number): boolean {
  const { answered, askedAt } = now.signals;
  if (now.pid !== before.pid || answered <= before.signals.answered) return false;
  return askedAt === undefined || Date.parse(askedAt) >= sentAtMs;
}

async function requireListening(status: StatusReport, pid: number): Promise<void> {
  if (status.pid !== pid) {
    const message = `the state folder belongs to process ${status.pid}, not to ${pid}`;
    throw new ConfigError("other_process", message);
  }
  if (status.isStopped) throw notRunning(pid);
  const { processStart: started } = status;
  if (started !== undefined && (await processStart(pid)) !== started) throw notRunning(pid);
  if (status.hearsSignals) return;
  const message = `process ${pid} does not reload on SIGHUP: the signal would end it`;
  throw new ConfigError("signals_off", message, { hint: "start it with signals: true" });
}

function send(pid: number): void {
  try {
    kill(pid, "SIGHUP");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ESRCH") throw notRunning(pid);
    const message = `no signal can be sent to process ${pid}: ${code}`;
    throw new ConfigError("signal_refused", message, { cause });
  }
}

function notRunning(pid: number): ConfigError {
  return new ConfigError("not_running", `process ${pid} is not running any more`);
}

async function requireStatus(stateDir: string): Promise<StatusReport> {
  const status = await readStatus(stateDir);
  if (status !== undefined) return status;
  const message = `there is no ${STATE_FILES.status} of this version in ${stateDir}`;
  throw new ConfigError("no_status", message, {
    hint: "give the stateDir that the process was started with",
  });
}

/** What a process last said of itself; nothing where none did. */
export async function readStatus(stateDir: string): Promise<StatusReport | undefined> {
  const bytes = await readPrivateFile(join(stateDir, STATE_FILES.status));
  return bytes === undefined ? undefined : parseStatus(bytes);
}

async function wait(clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using timers = new DisposableStack();
  timers.use(clock.setTimeout(resolve, LOOK_MS));
  await (signal === undefined ? promise : abortable(promise, signal));
}
