/**
 * Consumers of configuration: what each of them has, and what it makes of it.
 *
 * @module
 */

import type { AgentBody, AgentReport, AgentSync, Fleet, ListPage } from "@llmcfg/protocol";
import type { Answer } from "../http/answer.ts";
import { parseAnswer } from "../http/parse-answer.ts";
import { resourcePath } from "../http/path.ts";
import type { CallOptions, Send } from "../http/send.ts";
import { eachItem, type PageOptions } from "./pages.ts";
import { flag, toDuration } from "./read-options.ts";

export interface AgentFilter {
  readonly env?: string | undefined;
  readonly service?: string | undefined;
  readonly sync?: AgentSync | undefined;
  /** Only those whose effective state is not the desired one. */
  readonly outdated?: boolean | undefined;
}

export interface FleetFilter {
  readonly env?: string | undefined;
  readonly service?: string | undefined;
  /** Count those that have this revision or a later one. */
  readonly revision?: number | undefined;
  /** What to wait for: `applied:99%`. */
  readonly until?: string | undefined;
  /** How long the server waits for it. */
  readonly waitMs?: number | undefined;
}

export interface AgentRequests {
  /** One page, in the order of the ids. */
  listAgents(filter?: AgentFilter, options?: PageOptions): Promise<Answer<ListPage<AgentBody>>>;

  eachAgent(filter?: AgentFilter, options?: PageOptions): AsyncIterable<AgentBody>;

  /** @throws {LlmcfgError} `NOT_FOUND` */
  getAgent(id: string, options?: CallOptions): Promise<Answer<AgentBody>>;

  /** Says what an agent tried and has; renews its lease. The whole object comes back. */
  reportAgent(id: string, report: AgentReport, options?: CallOptions): Promise<Answer<AgentBody>>;

  /** How far a revision has come. */
  getFleet(filter?: FleetFilter, options?: CallOptions): Promise<Answer<Fleet>>;
}

export function agentRequests(send: Send): AgentRequests {
  const listAgents: AgentRequests["listAgents"] = async (filter = {}, options = {}) => {
    const { limit, cursor } = options;
    const query = { ...filter, outdated: flag(filter.outdated), limit, cursor };
    return parseAnswer(await send({ method: "GET", path: "/v1/agents", query }, options));
  };

  return {
    listAgents,

    eachAgent: (filter = {}, options = {}) =>
      eachItem((cursor = options.cursor) => listAgents(filter, { ...options, cursor })),

    getAgent: async (id, options = {}) =>
      parseAnswer(await send({ method: "GET", path: resourcePath("agents", id) }, options)),

    reportAgent: async (id, body, options = {}) => {
      const path = `${resourcePath("agents", id)}/report`;
      // Each report says all there is, so the same one twice is the same one once.
      return parseAnswer(await send({ method: "POST", path, body, repeat: "always" }, options));
    },

    getFleet: async ({ waitMs, ...filter } = {}, options = {}) => {
      const query = { ...filter, wait: toDuration(waitMs) };
      return parseAnswer(await send({ method: "GET", path: "/v1/fleet", query, waitMs }, options));
    },
  };
}
