import {
  type ConfigDiff,
  ConfigValidator,
  type DiffEntry,
  type Json,
  planChange,
} from "@llmcfg/config";
import { cutMiddle, fitParts, printable, type Width, wrapWords } from "@llmcfg/core";
import { gatewaySchema } from "@llmcfg/gateway";
import { type Invocation, type Run, usage } from "../../command.ts";
import { printAnswer } from "../../output/print.ts";
import { openGateway } from "./open-gateway.ts";
import { failWith, withConfigErrors } from "./with-config-errors.ts";

const DIFFERENT = 10;
const ARROW = " → ";

/** What continues a line. */
const INDENT = 4;

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
  if (!plan.valid) return failWith(invocation, plan.report);
  await printAnswer(io, output, {
    raw: JSON.stringify({ from: a, to: b, ...toBody(plan.diff) }),
    text: () =>
      `${printable([`--- ${a}`, `+++ ${b}`, ...linesOf(plan.diff, io.columns)].join("\n"))}\n`,
  });
  return flags["exit-code"] === true && !plan.diff.isEmpty ? DIFFERENT : 0;
});

/** @param width of the terminal; without one nothing is cut, and each place has one line */
function linesOf(found: ConfigDiff, width: Width): readonly string[] {
  if (found.isEmpty) return ["no differences"];
  const { additions, changes, removals, moves } = found;
  const lines = entriesOf(found).flatMap((entry) => {
    const head = cutMiddle(`${SYMBOLS[entry.changeType]} ${entry.path}`, width);
    return fitParts(head, [valuesOf(entry, width)], { width, indent: INDENT });
  });
  const moved = moves.flatMap(({ path, to }) =>
    wrapWords(`~ ${path}  in another order: ${to.join(", ")}`, { width, indent: INDENT }),
  );
  const counts = `${additions.length} added, ${changes.length + moves.length} changed, ${removals.length} removed`;
  const total = additions.length + changes.length + removals.length + moves.length;
  return [...lines, ...moved, `${total} ${total === 1 ? "difference" : "differences"}: ${counts}`];
}

function entriesOf({ additions, changes, removals }: ConfigDiff): readonly DiffEntry[] {
  return [...additions, ...changes, ...removals].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** A long value takes what a short one leaves of the line. */
function valuesOf({ changeType, oldValue, newValue }: DiffEntry, width: Width): string {
  const [before, after] = [show(oldValue), show(newValue)];
  if (changeType === "added") return after;
  if (changeType === "removed") return before;
  if (width === undefined) return `${before}${ARROW}${after}`;
  const both = width - INDENT - ARROW.length;
  const half = Math.floor(both / 2);
  const shown = cutMiddle(before, Math.max(half, both - after.length));
  return `${shown}${ARROW}${cutMiddle(after, Math.max(half, both - before.length))}`;
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
