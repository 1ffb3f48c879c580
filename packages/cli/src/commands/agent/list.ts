import { formatAge } from "@llmcfg/core";
import type { AgentBody } from "@llmcfg/protocol";
import type { Run } from "../../command.ts";
import { connect } from "../../connection.ts";
import { printAnswer } from "../../output/print.ts";
import { formatTable } from "../../output/table.ts";
import { shownRevision } from "../../output/values.ts";

const OUTDATED = 10;

export const listAgents: Run = async ({ io, flags, output }) => {
  const { client, scope } = await connect(io, flags);
  const outdated = flags["outdated"] === true;
  const filter = { env: scope.env, service: scope.service, ...(outdated ? { outdated } : {}) };
  const answer = await client.listAgents(filter, { limit: 500, signal: io.signal });
  const { items } = answer.body;
  await printAnswer(io, output, {
    raw: answer.raw,
    items,
    text: () => toText(items, io.columns),
    names: () => items.map(({ id }) => id),
  });
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

/** Kind and node are in most ids already; what an agent has and should have is in its state and lag. */
const LAYOUT = { whole: [0], spare: [1, 2, 5] };

async function toText(agents: readonly AgentBody[], columns: number | undefined): Promise<string> {
  if (agents.length === 0) return "no agents\n";
  return await formatTable([HEADER, ...agents.map(toRow)], columns, LAYOUT);
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
