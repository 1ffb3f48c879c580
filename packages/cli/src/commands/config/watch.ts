import { watchNamespace } from "@llmcfg/client";
import { printable } from "@llmcfg/core";
import type { WatchChange } from "@llmcfg/protocol";
import { type Run, usage } from "../../command.ts";
import { connect } from "../../connection.ts";
import { endedBy } from "../../ended-by.ts";
import { resolvePathArgument } from "../../key-reference.ts";

export const watch: Run = async ({ io, args, flags, output: { format } }) => {
  const isJson = format === "jsonl" || format === "json";
  const { client, scope } = await connect(io, flags);
  const { env, service, key } = resolvePathArgument(args[0] ?? "", scope);
  if (service === undefined) throw usage("name the service to watch", "llmcfg watch env/service");
  const from = revisionOf(flags["from"]);
  const prefix = key === undefined || key === "" ? undefined : key;
  const items = watchNamespace({ client, env, service, prefix, from, signal: io.signal });
  for await (const item of items) {
    if (item.kind === "changed") {
      const { event } = item;
      io.out(
        isJson ? `${JSON.stringify(event)}\n` : event.changes.map((c) => lineOf(event, c)).join(""),
      );
    } else if (item.event !== undefined && flags["verbose"] === true && isJson) {
      io.out(`${JSON.stringify(item.event)}\n`);
    } else if (item.kind === "state" && item.cause !== "start") {
      io.err(`the stream had a gap (${item.cause}); the state was fetched anew\n`);
    }
  }
  return endedBy(io.signal);
};

function revisionOf(flag: string | boolean | undefined): number | undefined {
  if (flag === undefined) return undefined;
  const revision = /^r?([0-9]{1,15})$/.exec(String(flag))?.[1];
  if (revision !== undefined) return Number(revision);
  throw usage(`--from ${String(flag)} is no revision`, "a number as 42 or r42");
}

function lineOf(
  event: { readonly at: string; readonly revision: number },
  change: WatchChange,
): string {
  const symbol = change.op === "delete" ? "-" : change.version === 1 ? "+" : "~";
  const origin = `(from ${change.layer} v${change.version})`;
  return `${event.at}  r${event.revision}  ${symbol} ${printable(change.path)}  ${origin}\n`;
}
