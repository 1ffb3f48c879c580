import type { Run } from "../../command.ts";
import { connect } from "../../connection.ts";
import { resolveKeyArgument } from "../../key-reference.ts";
import { printAnswer } from "../../output/print.ts";
import { formatTable } from "../../output/table.ts";
import { cellValue, shownTime } from "../../output/values.ts";

export const history: Run = async ({ io, args, flags, output }) => {
  const { client, scope } = await connect(io, flags);
  const ref = resolveKeyArgument(args[0] ?? "", scope);
  const withLayers = flags["layers"] === true;
  const answer = await client.listHistory(ref, {
    layers: withLayers ? true : undefined,
    limit: 500,
    signal: io.signal,
  });
  const { items } = answer.body;
  const toText = async () => {
    const header = ["VERSION", "REV", "WHEN", "BY", "OP", "VALUE", "MESSAGE"];
    const rows = items.map((item) => [
      `v${item.version}`,
      `r${item.revision}`,
      shownTime(item.at, io),
      item.actor,
      item.op,
      item.op === "delete" || item.op === "mask"
        ? "-"
        : cellValue(item.value, item.type, item.redacted),
      item.message ?? "-",
      ...(withLayers ? [item.layer] : []),
    ]);
    return await formatTable([withLayers ? [...header, "LAYER"] : header, ...rows], io.columns);
  };
  await printAnswer(io, output, { raw: answer.raw, items, text: toText });
  return 0;
};
