import { printable } from "@llmcfg/core";
import type { EffectiveEntry, LayerEntry } from "@llmcfg/protocol";
import type { Invocation, Run } from "../../command.ts";
import { connect } from "../../connection.ts";
import type { Io } from "../../io.ts";
import { resolveKeyArgument } from "../../key-reference.ts";
import { printAnswer } from "../../output/print.ts";
import { formatTable } from "../../output/table.ts";
import { cellValue, shownRevision, shownTime, shownVersion } from "../../output/values.ts";

export const explain: Run = async (invocation: Invocation) => await explainTo(invocation);

/** Also `get --layers`. */
export async function explainTo({ io, args, flags, output }: Invocation): Promise<number> {
  const { client, scope } = await connect(io, flags);
  const ref = resolveKeyArgument(args[0] ?? "", scope);
  const at = flags["at"] as string | undefined; // a flag with a value
  const answer = await client.getEffective(ref, { at, signal: io.signal });
  await printAnswer(io, output, {
    raw: answer.raw,
    text: () => toText(answer.body, io),
    names: () => [answer.body.path],
  });
  return 0;
}

/** Who manages a layer is seldom anybody, and when it was written is in its history. */
const LAYOUT = { spare: [5, 6] };

async function toText(body: EffectiveEntry, io: Pick<Io, "columns">): Promise<string> {
  const value = cellValue(body.value, body.type, body.redacted);
  const header = ["  LAYER", "VALUE", "VERSION", "REV", "BY", "MANAGED-BY", "WHEN", "STATE"];
  const ladder = await formatTable(
    [header, ...body.layers.map((layer) => layerRow(layer, body, io))],
    io.columns,
    LAYOUT,
  );
  const leaves = body.leaves.map(({ pointer, layer, version }) => [pointer, layer, `v${version}`]);
  const table =
    leaves.length === 0
      ? ""
      : `\n${await formatTable([["LEAF", "LAYER", "VERSION"], ...leaves], io.columns)}`;
  const head = printable(`${body.path} = ${value}  (${body.type})`);
  return `${head}\n\n${ladder}${table}\nTo change it: ${printable(body.toChange)}\n`;
}

function layerRow(
  layer: LayerEntry,
  { type }: EffectiveEntry,
  io: Pick<Io, "columns">,
): readonly string[] {
  const mark = layer.state === "winner" ? "* " : "  ";
  const value =
    layer.value === undefined ? "-" : cellValue(layer.value, type, layer.redacted === true);
  return [
    mark + layer.layer,
    layer.hidden === true ? "(hidden)" : value,
    shownVersion(layer.version),
    shownRevision(layer.revision),
    layer.updatedBy ?? "-",
    layer.managedBy ?? "-",
    layer.updatedAt === undefined ? "-" : shownTime(layer.updatedAt, io),
    layer.state,
  ];
}
