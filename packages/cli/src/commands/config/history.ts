import type { Run } from "../../command.ts";
import { connect } from "../../connection.ts";
import { resolveKeyArgument } from "../../key-reference.ts";
import { formatOf, printAnswer } from "../../output/print.ts";
import { formatTable } from "../../output/table.ts";
import { cellValue } from "../../output/values.ts";

export const history: Run = async ({ io, args, flags }) => {
  const { client, scope } = await connect(io, flags);
  const ref = resolveKeyArgument(args[0] ?? "", scope);
  const withLayers = flags["layers"] === true;
  const answer = await client.listHistory(ref, {
    layers: withLayers ? true : undefined,
    limit: 500,
    signal: io.signal,
  });
  const options = { format: formatOf(flags, io.env), query: flags["query"] as string | undefined };
  const { items } = answer.body;
  await printAnswer(io, options, { raw: answer.raw, items: items as never }, () => {
    const header = ["VERSION", "REV", "WHEN", "BY", "OP", "VALUE", "MESSAGE"];
    const rows = items.map((item) => [
      `v${item.version}`,
      `r${item.revision}`,
      item.at,
      item.actor,
      item.op,
      item.op === "delete" || item.op === "mask"
        ? "-"
        : cellValue(item.value, item.type, item.redacted),
      item.message ?? "-",
      ...(withLayers ? [item.layer] : []),
    ]);
    return formatTable([withLayers ? [...header, "LAYER"] : header, ...rows]);
  });
  return 0;
};
