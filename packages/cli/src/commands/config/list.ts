import type { Entry } from "@llmcfg/protocol";
import type { Run } from "../../command.ts";
import { connect } from "../../connection.ts";
import { resolvePathArgument } from "../../key-reference.ts";
import { formatOf, printAnswer } from "../../output/print.ts";
import { formatTable } from "../../output/table.ts";
import { cellValue } from "../../output/values.ts";

export const list: Run = async ({ io, args, flags }) => {
  const { client, scope } = await connect(io, flags);
  const path = resolvePathArgument(
    args[0] ?? ".",
    args[0] === undefined ? { ...scope, isGivenByFlag: true } : scope,
  );
  const prefix = path.key === undefined || path.key === "." ? undefined : path.key;
  const selection = {
    env: path.env,
    service: path.service === "." ? undefined : path.service,
    prefix,
  };
  const at = flags["at"] as string | undefined; // a flag with a value
  const items: Entry[] = [];
  for await (const entry of client.eachConfig(selection, { at, limit: 500, signal: io.signal })) {
    items.push(entry);
  }
  const raw = JSON.stringify({ items, nextCursor: null });
  const options = { format: formatOf(flags, io.env), query: flags["query"] as string | undefined };
  const rows = items.map(toRow);
  await printAnswer(
    io,
    options,
    { raw, items: items.map((item) => ({ ...item })) as never },
    () =>
      items.length === 0
        ? "no keys\n"
        : formatTable([["KEY", "TYPE", "VALUE", "VERSION", "REV", "FROM", "UPDATED"], ...rows]),
    () => items.map(({ path: name }) => name),
  );
  return 0;
};

function toRow(entry: Entry): readonly string[] {
  return [
    entry.key,
    entry.type,
    cellValue(entry.value, entry.type, entry.redacted),
    `v${entry.version}`,
    `r${entry.revision}`,
    entry.origin.layer,
    entry.updatedAt,
  ];
}
