/**
 * Credentials and whom they stand for.
 *
 * @module
 */

import type { ListPage, MeBody, TokenBody, TokenRequest } from "@llmcfg/protocol";
import type { Answer } from "../http/answer.ts";
import { parseAnswer } from "../http/parse-answer.ts";
import type { CallOptions, Send } from "../http/send.ts";
import type { PageOptions } from "./pages.ts";

export interface AccessRequests {
  /** Who the credential stands for, and with which roles. */
  getMe(options?: CallOptions): Promise<Answer<MeBody>>;

  /**
   * Makes a token; `body.token` is in this answer and in no other.
   *
   * Not sent again where no answer came: nobody keeps an answer with a credential in it.
   */
  createToken(request: TokenRequest, options?: CallOptions): Promise<Answer<TokenBody>>;

  listTokens(options?: PageOptions): Promise<Answer<ListPage<TokenBody>>>;
}

export function accessRequests(send: Send): AccessRequests {
  return {
    getMe: async (options = {}) =>
      parseAnswer(await send({ method: "GET", path: "/v1/me" }, options)),

    createToken: async (body, options = {}) =>
      parseAnswer(await send({ method: "POST", path: "/v1/tokens", body }, options)),

    listTokens: async (options = {}) => {
      const query = { limit: options.limit, cursor: options.cursor };
      return parseAnswer(await send({ method: "GET", path: "/v1/tokens", query }, options));
    },
  };
}
