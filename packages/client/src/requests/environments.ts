import type { EnvironmentBody, ListPage } from "@llmcfg/protocol";
import type { Answer } from "../http/answer.ts";
import { parseAnswer } from "../http/parse-answer.ts";
import { resourcePath } from "../http/path.ts";
import type { CallOptions, Send } from "../http/send.ts";

export interface EnvironmentRequests {
  listEnvironments(options?: CallOptions): Promise<Answer<ListPage<EnvironmentBody>>>;

  /** By name or alias. @throws {LlmcfgError} `ENV_NOT_FOUND` */
  getEnvironment(name: string, options?: CallOptions): Promise<Answer<EnvironmentBody>>;
}

export function environmentRequests(send: Send): EnvironmentRequests {
  return {
    listEnvironments: async (options = {}) =>
      parseAnswer(await send({ method: "GET", path: "/v1/environments" }, options)),

    getEnvironment: async (name, options = {}) => {
      const path = resourcePath("environments", name);
      return parseAnswer(await send({ method: "GET", path }, options));
    },
  };
}
