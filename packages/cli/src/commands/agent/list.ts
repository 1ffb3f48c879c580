import { formatAge } from "@llmcfg/core";
import type { AgentBody } from "@llmcfg/protocol";
import type { Run } from "../../command.ts";
import { connect } from "../../connection.ts";
import { formatOf, printAnswer } from "../../output/print.ts";
import { formatTable } from "../../output/table.ts";
import { shownRevision } from "../../output/values.ts";

const OUTDATED = 10;

export const listAgents: Run = async ({ io, flags }) => {
  const { client, scope } = await connect(io, flags);
  const outdated = flags["outdated"] === true;
  const filter = { env: scope.env, service: scope.service, ...(outdated ? { outdated } : {}) };
  const answer = await client.listAgents(filter, { limit: 500, signal: io.signal });
  const { items } = answer.body;
  const options = { format: formatOf(flags, io.env), query: flags["query"] as string | undefined };
  await printAnswer(
    io,
    options,
    { raw: answer.raw, items: items as never },
    () => toText(items),
    () => items.map(({ id }) => id),
  );
  return outdated && items.length > 0 ? OUTDATED : 0;
};

const HEADER = [
  "AGENT",
  "KIND",
  "NODE",
  "STATE",
  "EFFECTIVE",
  "DESIRED",
  "LAG",
  "CONTACT",
  "ERROR",
];

function toText(agents: readonly AgentBody[]): string {
  if (agents.length === 0) return "no agents\n";
  return formatTable([HEADER, ...agents.map(toRow)]);
}

function toRow(agent: AgentBody): readonly string[] {
  const { lastError } = agent;
  const error =
    lastError === null
      ? "-"
      : `${lastError.reason} ${lastError.pointer ?? ""}: ${lastError.detail}`;
  return [
    agent.id,
    agent.kind,
    agent.node,
    agent.sync,
    shownRevision(agent.effective?.revision),
    shownRevision(agent.desired?.revision),
    String(agent.lagRevisions),
    formatAge(Math.max(0, Date.now() - Date.parse(agent.lastContactAt))),
    error,
  ];
}
