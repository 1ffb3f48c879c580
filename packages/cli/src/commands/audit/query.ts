import { parseDuration } from "@llmcfg/core";
import type { Run } from "../../command.ts";
import { connect } from "../../connection.ts";
import { printAnswer } from "../../output/print.ts";
import { formatTable } from "../../output/table.ts";
import { shownRevision, shownTime } from "../../output/values.ts";

/** What was touched and the id of the record lead on to other commands. */
const LAYOUT = { whole: [3, 6] };

export const queryAudit: Run = async ({ io, flags, output }) => {
  const { client } = await connect(io, flags);
  const text = (name: string) => flags[name] as string | undefined; // flags with values
  const filter = {
    actor: text("actor"),
    action: text("action"),
    env: text("env"),
    service: text("service"),
    key: text("key"),
    outcome: text("outcome") as "allowed" | undefined, // the server refuses any other word
    since: toInstant(text("since")),
    until: toInstant(text("until")),
  };
  const limit = Number(flags["limit"] ?? 50);
  const answer = await client.listAuditEvents(filter, { limit, signal: io.signal });
  const { items } = answer.body;
  await printAnswer(io, output, {
    raw: answer.raw,
    items,
    text: async () => {
      if (items.length === 0) return "no events\n";
      const header = ["TIME", "ACTOR", "ACTION", "RESOURCE", "OUTCOME", "REV", "ID"];
      const rows = items.map((event) => [
        shownTime(event.at, io),
        event.actor,
        event.action,
        event.path ?? event.resource ?? "-",
        event.outcome,
        shownRevision(event.revision),
        event.id,
      ]);
      return await formatTable([header, ...rows], io.columns, LAYOUT);
    },
    names: () => items.map(({ id }) => id),
  });
  return 0;
};

/** `1h` is an hour ago; the server says what is no instant. */
function toInstant(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d+(?:ms|[smhd])$/.test(text)) return text;
  return new Date(Date.now() - parseDuration(text)).toISOString();
}
