import { resolve } from "node:path";
import { type DoctorFinding, doctorFiles } from "@llmcfg/config";
import { printable } from "@llmcfg/core";
import type { Invocation, Run } from "../../command.ts";
import { printAnswer } from "../../output/print.ts";
import { openGateway } from "./open-gateway.ts";
import { withConfigErrors } from "./with-config-errors.ts";

const WORDS = { pass: "ok", warn: "warn", fail: "FAIL", not_applicable: "-" } as const;

/** Looks for what keeps changes of these files from being noticed or applied on this host. */
export const doctor: Run = withConfigErrors(async (invocation: Invocation) => {
  const { io, flags, output, args } = invocation;
  const { loader, resolveSecrets } = openGateway(args, invocation);
  const stateDir = flags["state-dir"];
  const state = typeof stateDir === "string" ? { stateDir: resolve(io.cwd, stateDir) } : {};
  const findings = await doctorFiles(loader, { resolveSecrets, signal: io.signal, ...state });
  const isWell = findings.every(({ result }) => result !== "fail");
  await printAnswer(io, output, {
    raw: JSON.stringify({ ok: isWell, checks: findings }),
    items: findings,
    text: () => `${printable(findings.flatMap(linesOf).join("\n"))}\n`,
  });
  return isWell ? 0 : 1;
});

function linesOf({ id, result, message, fix }: DoctorFinding): readonly string[] {
  const line = `${WORDS[result].padEnd(4)}  ${id.padEnd(6)}  ${message}`;
  return fix === undefined ? [line] : [line, `      fix: ${fix}`];
}
