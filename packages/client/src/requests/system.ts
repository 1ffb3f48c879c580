import type { HealthBody, VersionBody } from "@llmcfg/protocol";
import type { Answer } from "../http/answer.ts";
import { parseAnswer } from "../http/parse-answer.ts";
import type { CallOptions, Send } from "../http/send.ts";

/** What is open to all. */
export interface SystemRequests {
  /** Also while the server is not ready: `status` is `unavailable` then, not an error. */
  getHealth(options?: CallOptions): Promise<Answer<HealthBody>>;

  getServerVersion(options?: CallOptions): Promise<Answer<VersionBody>>;
}

export function systemRequests(send: Send): SystemRequests {
  return {
    getHealth: async (options = {}) =>
      parseAnswer(await send({ method: "GET", path: "/health", answers: [503] }, options)),

    getServerVersion: async (options = {}) =>
      parseAnswer(await send({ method: "GET", path: "/version" }, options)),
  };
}
