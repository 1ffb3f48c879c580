import type { EffectiveEntry, LayerEntry } from "@llmcfg/protocol";
import type { Invocation, Run } from "../../command.ts";
import { connect } from "../../connection.ts";
import { resolveKeyArgument } from "../../key-reference.ts";
import { formatOf, printAnswer } from "../../output/print.ts";
import { formatTable } from "../../output/table.ts";
import { cellValue, shownRevision, shownVersion } from "../../output/values.ts";

export const explain: Run = async (invocation: Invocation) => await explainTo(invocation);

/** Also `get --layers`. */
export async function explainTo({ io, args, flags }: Invocation): Promise<number> {
  const { client, scope } = await connect(io, flags);
  const ref = resolveKeyArgument(args[0] ?? "", scope);
  const at = flags["at"] as string | undefined; // a flag with a value
  const answer = await client.getEffective(ref, { at, signal: io.signal });
  const options = { format: formatOf(flags, io.env), query: flags["query"] as string | undefined };
  await printAnswer(
    io,
    options,
    answer,
    () => toText(answer.body),
    () => [answer.body.path],
  );
  return 0;
}

function toText(body: EffectiveEntry): string {
  const value = cellValue(body.value, body.type, body.redacted);
  const header = ["  LAYER", "VALUE", "VERSION", "REV", "BY", "MANAGED-BY", "WHEN", "STATE"];
  const ladder = formatTable([header, ...body.layers.map((layer) => layerRow(layer, body))]);
  const leaves = body.leaves.map(({ pointer, layer, version }) => [pointer, layer, `v${version}`]);
  const table =
    leaves.length === 0 ? "" : `\n${formatTable([["LEAF", "LAYER", "VERSION"], ...leaves])}`;
  return `${body.path} = ${value}  (${body.type})\n\n${ladder}${table}\nTo change it: ${body.toChange}\n`;
}

function layerRow(layer: LayerEntry, { type }: EffectiveEntry): readonly string[] {
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
    layer.updatedAt ?? "-",
    layer.state,
  ];
}
