import { resolve } from "node:path";
import { ConfigError, requestReload } from "@llmcfg/config";
import { parseDuration, printable } from "@llmcfg/core";
import { type Invocation, type Run, usage } from "../../command.ts";
import { printAnswer } from "../../output/print.ts";
import { withConfigErrors } from "./with-config-errors.ts";

const REJECTED = 7;
const DEFAULT_TIMEOUT_MS = 30_000;

/** Asks a running gateway to read its configuration again, and waits for what became of it. */
export const reload: Run = withConfigErrors(async ({ io, flags, output }: Invocation) => {
  const { pid: pidText, "state-dir": stateDir, timeout } = flags;
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid < 1) throw usage("name the process: --pid 1234");
  if (typeof stateDir !== "string") throw usage("name its state folder: --state-dir DIR");
  const timeoutMs = typeof timeout === "string" ? parseDuration(timeout) : DEFAULT_TIMEOUT_MS;
  const result = await requestReload({
    pid,
    stateDir: resolve(io.cwd, stateDir),
    timeoutMs,
    refreshSecrets: flags["refresh-secrets"] === true,
    signal: io.signal,
  });
  if (result === undefined) {
    throw new ConfigError("no_answer", `no answer from process ${pid} in ${timeoutMs / 1_000} s`);
  }
  await printAnswer(io, output, {
    raw: JSON.stringify(result),
    text: () => `${printable(Object.entries(result).map(toLine).join("\n"))}\n`,
  });
  return result.status === "rejected" ? REJECTED : 0;
});

function toLine([name, value]: readonly [string, unknown]): string {
  return `${name}  ${typeof value === "string" ? value : JSON.stringify(value)}`;
}
