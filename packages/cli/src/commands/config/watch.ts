import { watchNamespace } from "@llmcfg/client";
import type { WatchChange } from "@llmcfg/protocol";
import { type Run, usage } from "../../command.ts";
import { connect } from "../../connection.ts";
import { resolvePathArgument } from "../../key-reference.ts";
import { formatOf } from "../../output/print.ts";
import { printable } from "../../output/printable.ts";

/** Code of a program that SIGINT ended. */
const INTERRUPTED = 130;

export const watch: Run = async ({ io, args, flags }) => {
  const format = formatOf(flags, io.env);
  const isJson = format === "jsonl" || format === "json";
  const { client, scope } = await connect(io, flags);
  const { env, service, key } = resolvePathArgument(args[0] ?? "", scope);
  if (service === undefined) throw usage("name the service to watch", "llmcfg watch env/service");
  const from =
    flags["from"] === undefined ? undefined : Number(String(flags["from"]).replace(/^r/, ""));
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
  return io.signal.reason === "SIGINT" ? INTERRUPTED : 0;
};

function lineOf(
  event: { readonly at: string; readonly revision: number },
  change: WatchChange,
): string {
  const symbol = change.op === "delete" ? "-" : change.version === 1 ? "+" : "~";
  const origin = `(from ${change.layer} v${change.version})`;
  return `${event.at}  r${event.revision}  ${symbol} ${printable(change.path)}  ${origin}\n`;
}
