import type { Diff, DiffChange } from "@llmcfg/protocol";
import { type Run, usage } from "../../command.ts";
import { connect } from "../../connection.ts";
import { printAnswer } from "../../output/print.ts";
import { type Style, styleOf } from "../../output/style.ts";
import { formatTable } from "../../output/table.ts";
import { documentSummary } from "../../output/values.ts";

export const diff: Run = async ({ io, args, flags, output }) => {
  const differenceCode = codeOf(flags["diff-exit-code"]);
  const [from = "", to = ""] = args;
  const { client } = await connect(io, flags);
  const answer = await client.getDiff({ from, to }, { signal: io.signal });
  const text = () => toText(answer.body, styleOf(flags, io.env, io.isTerminal));
  await printAnswer(io, output, { raw: answer.raw, items: answer.body.changes, text });
  const isAsked = flags["exit-code"] === true || flags["diff-exit-code"] !== undefined;
  return isAsked && answer.body.changes.length > 0 ? differenceCode : 0;
};

const DIFFERENT = 10;

function codeOf(flag: string | boolean | undefined): number {
  if (flag === undefined) return DIFFERENT;
  if (/^[0-9]{1,3}$/.test(String(flag)) && Number(flag) <= 255) return Number(flag);
  throw usage(`--diff-exit-code ${String(flag)} is no exit code`, "a whole number of 0 to 255");
}

const SYMBOLS = { add: "+", change: "~", remove: "-" } as const;
const STYLES = { add: "green", change: "yellow", remove: "red" } as const;

async function toText({ from, to, summary, changes }: Diff, style: Style): Promise<string> {
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
  const lines = (await formatTable(rows)).split("\n").slice(0, -1); // a line a change
  const body = lines.map((line, i) => `${style(STYLES[changes[i]?.op ?? "change"], line)}\n`);
  return `${head}${body.join("")}${last}\n`;
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
