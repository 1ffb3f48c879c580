/**
 * Writes of more than one key: all of them under one revision, or none.
 *
 * @module
 */

import type { BatchBody, BatchResult, RollbackBody } from "@llmcfg/protocol";
import type { Answer } from "../http/answer.ts";
import { parseAnswer } from "../http/parse-answer.ts";
import type { CallOptions, Send } from "../http/send.ts";
import { flag } from "./read-options.ts";

export interface ChangeOptions extends CallOptions {
  /** Accept that protected environments are reached by inheritance. */
  readonly confirm?: boolean | undefined;
}

export interface ChangeRequests {
  /** @throws {LlmcfgError} `ETAG_MISMATCH` with a finding for each operation that is stale */
  batch(body: BatchBody, options?: ChangeOptions): Promise<Answer<BatchResult>>;

  /** Writes a new version that holds what an old one held. */
  rollback(body: RollbackBody, options?: ChangeOptions): Promise<Answer<BatchResult>>;
}

export function changeRequests(send: Send): ChangeRequests {
  const post = async (path: string, body: object, options: ChangeOptions) => {
    const query = { confirm: flag(options.confirm) };
    return send({ method: "POST", path, query, body, repeat: "keyed" }, options);
  };

  return {
    batch: async (body, options = {}) => parseAnswer(await post("/v1/batch", body, options)),
    rollback: async (body, options = {}) => parseAnswer(await post("/v1/rollback", body, options)),
  };
}
