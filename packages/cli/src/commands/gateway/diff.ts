import {
  type ConfigDiff,
  ConfigValidator,
  type DiffEntry,
  type Json,
  planChange,
} from "@llmcfg/config";
import { gatewaySchema } from "@llmcfg/gateway";
import { type Invocation, type Run, usage } from "../../command.ts";
import { printAnswer } from "../../output/print.ts";
import { printable } from "../../output/printable.ts";
import { openGateway } from "./open-gateway.ts";
import { printReport } from "./print-report.ts";
import { withConfigErrors } from "./with-config-errors.ts";

const DIFFERENT = 10;
const SYMBOLS = { added: "+", modified: "~", removed: "-" } as const;

/** The differences of two files, place by place; secrets are not resolved. */
export const diff: Run = withConfigErrors(async (invocation: Invocation) => {
  const [a, b, ...more] = invocation.args;
  if (a === undefined || b === undefined || more.length > 0) {
    throw usage("name two files: llmcfg gateway diff old.yaml new.yaml");
  }
  const { io, flags, output } = invocation;
  const { signal } = io;
  const from = await openGateway([a], invocation).loader.load({ resolveSecrets: false, signal });
  const to = openGateway([b], invocation).loader;
  const validator = new ConfigValidator(gatewaySchema); // rules are the business of `check`
  const plan = await planChange({ from, to, validator, resolveSecrets: false, signal });
  if (!plan.valid) return await printReport(invocation, plan.report);
  await printAnswer(io, output, {
    raw: JSON.stringify({ from: a, to: b, ...toBody(plan.diff) }),
    text: () => `${printable([`--- ${a}`, `+++ ${b}`, ...linesOf(plan.diff)].join("\n"))}\n`,
  });
  return flags["exit-code"] === true && !plan.diff.isEmpty ? DIFFERENT : 0;
});

function linesOf(found: ConfigDiff): readonly string[] {
  if (found.isEmpty) return ["no differences"];
  const { additions, changes, removals, moves } = found;
  const lines = entriesOf(found).map(
    (entry) => `${SYMBOLS[entry.changeType]} ${entry.path}  ${valuesOf(entry)}`,
  );
  const moved = moves.map(({ path, to }) => `~ ${path}  in another order: ${to.join(", ")}`);
  const counts = `${additions.length} added, ${changes.length + moves.length} changed, ${removals.length} removed`;
  const total = additions.length + changes.length + removals.length + moves.length;
  return [...lines, ...moved, `${total} ${total === 1 ? "difference" : "differences"}: ${counts}`];
}

function entriesOf({ additions, changes, removals }: ConfigDiff): readonly DiffEntry[] {
  return [...additions, ...changes, ...removals].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function valuesOf({ changeType, oldValue, newValue }: DiffEntry): string {
  if (changeType === "added") return show(newValue);
  return changeType === "removed" ? show(oldValue) : `${show(oldValue)} → ${show(newValue)}`;
}

function show(value: Json | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function toBody(found: ConfigDiff): object {
  return {
    differences: entriesOf(found),
    moves: found.moves,
    requiresRestart: found.requiresRestart(),
  };
}
