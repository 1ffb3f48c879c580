import type { ListSelection } from "@llmcfg/client";
import type { Entry } from "@llmcfg/protocol";
import { type Invocation, type Run, usage } from "../../command.ts";
import { rememberKeys } from "../../completion/name-cache.ts";
import { connect, type Scope } from "../../connection.ts";
import type { Io } from "../../io.ts";
import { resolvePathArgument } from "../../key-reference.ts";
import { printAnswer } from "../../output/print.ts";
import { formatTable } from "../../output/table.ts";
import { drawTree } from "../../output/tree.ts";
import { cellValue, shownTime } from "../../output/values.ts";

export const list: Run = async ({ io, args, flags, output }) => {
  const isTree = flags["tree"] === true;
  if (flags["values"] === true && !isTree) {
    throw usage("--values belongs to --tree", "a table has the values already");
  }
  const { client, scope, names } = await connect(io, flags);
  const selection = selectionOf(args[0], scope);
  const at = flags["at"] as string | undefined; // a flag with a value
  const items: Entry[] = [];
  for await (const entry of client.eachConfig(selection, { at, limit: 500, signal: io.signal })) {
    items.push(entry);
  }
  if (at === undefined) await rememberKeys(names, selection, items);
  const isWhole = selection.service === undefined;
  await printAnswer(io, output, {
    raw: JSON.stringify({ items, nextCursor: null }),
    items,
    text: async () => {
      if (items.length === 0) return "no keys\n";
      return isTree ? toTree(items, selection, flags) : await toTable(items, isWhole, io);
    },
    names: () => items.map(({ path }) => path),
  });
  return 0;
};

function selectionOf(argument: string | undefined, scope: Scope): ListSelection {
  const path =
    argument === undefined
      ? resolvePathArgument(".", { ...scope, isGivenByFlag: true })
      : resolvePathArgument(argument, scope);
  return {
    env: path.env,
    service: path.service === "." ? undefined : path.service,
    prefix: path.key === "." ? undefined : path.key,
  };
}

const HEADER = ["KEY", "TYPE", "VALUE", "VERSION", "REV", "FROM", "UPDATED"];

/** The key leads on to other commands; when it was written and of which type is least of all asked. */
const LAYOUT = { whole: [0], spare: [6, 1] };

/** Of several services, a key says which it belongs to. */
async function toTable(
  items: readonly Entry[],
  isWhole: boolean,
  io: Pick<Io, "columns">,
): Promise<string> {
  const rows = items.map((entry) => [
    isWhole ? `${entry.service}/${entry.key}` : entry.key,
    entry.type,
    cellValue(entry.value, entry.type, entry.redacted),
    `v${entry.version}`,
    `r${entry.revision}`,
    entry.origin.layer,
    shownTime(entry.updatedAt, io),
  ]);
  return await formatTable([HEADER, ...rows], io.columns, LAYOUT);
}

function toTree(
  items: readonly Entry[],
  { env, service }: ListSelection,
  flags: Invocation["flags"],
): string {
  const leaves = items.map((entry) => ({
    segments: (service === undefined ? `${entry.service}/${entry.key}` : entry.key).split("/"),
    note: flags["values"] === true ? cellValue(entry.value, entry.type, entry.redacted) : undefined,
  }));
  return drawTree(service === undefined ? env : `${env}/${service}`, leaves);
}
