import type { Diff, DiffChange } from "@llmcfg/protocol";
import type { Run } from "../../command.ts";
import { connect } from "../../connection.ts";
import { formatOf, printAnswer } from "../../output/print.ts";
import { formatTable } from "../../output/table.ts";
import { documentSummary } from "../../output/values.ts";

export const diff: Run = async ({ io, args, flags }) => {
  const [from = "", to = ""] = args;
  const { client } = await connect(io, flags);
  const answer = await client.getDiff({ from, to }, { signal: io.signal });
  const options = { format: formatOf(flags, io.env), query: flags["query"] as string | undefined };
  await printAnswer(io, options, answer, () => toText(answer.body));
  const isAsked = flags["exit-code"] === true || flags["diff-exit-code"] !== undefined;
  const code = Number(flags["diff-exit-code"] ?? 10);
  return isAsked && answer.body.changes.length > 0 ? code : 0;
};

const SYMBOLS = { add: "+", change: "~", remove: "-" } as const;

function toText({ from, to, summary, changes }: Diff): string {
  const head = `--- ${from.ref} @r${from.revision}\n+++ ${to.ref} @r${to.revision}\n`;
  const rows = changes.map((change) => [
    `${SYMBOLS[change.op]} ${change.key}${change.pointer}`,
    whatChanged(change),
  ]);
  const { added, changed, removed } = summary;
  const total = added + changed + removed;
  const last =
    total === 0
      ? "no differences"
      : `${total} ${total === 1 ? "difference" : "differences"}: ${added} added, ${changed} changed, ${removed} removed`;
  return `${head}${formatTable(rows)}${last}\n`;
}

function whatChanged(change: DiffChange): string {
  const { op, sensitive, fromFp, toFp } = change;
  if (sensitive) {
    if (op === "change") return `(sensitive) fp ${fromFp ?? "-"} → ${toFp ?? "-"}`;
    return `(sensitive) fp ${(op === "add" ? toFp : fromFp) ?? "-"}`;
  }
  if (op === "add") return shown(change, change.to);
  if (op === "remove") return shown(change, change.from);
  return `${shown(change, change.from)} → ${shown(change, change.to)}`;
}

/** Values as JSON, so that `"30"` and `30` differ; text of several lines by its length. */
function shown({ key, pointer }: DiffChange, value: DiffChange["from"]): string {
  const isDocument =
    pointer === "" &&
    typeof value === "string" &&
    /\.(?:ya?ml|toml|properties|rules|json)$/.test(key);
  return isDocument ? documentSummary(value) : JSON.stringify(value);
}
