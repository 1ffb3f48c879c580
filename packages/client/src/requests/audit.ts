import type { AuditEventBody, AuditProof, AuditVerification, ListPage } from "@llmcfg/protocol";
import type { Answer } from "../http/answer.ts";
import { parseAnswer } from "../http/parse-answer.ts";
import { resourcePath } from "../http/path.ts";
import type { CallOptions, Send } from "../http/send.ts";
import { eachItem, type PageOptions } from "./pages.ts";

/** What events must have; members that are left out let all pass. */
export interface AuditEventFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly env?: string | undefined;
  readonly service?: string | undefined;
  readonly key?: string | undefined;
  readonly outcome?: AuditEventBody["outcome"] | undefined;
  /** RFC 3339. */
  readonly since?: string | undefined;
  /** RFC 3339. */
  readonly until?: string | undefined;
  readonly order?: string | undefined;
}

export interface AuditRequests {
  /** One page of events, newest first. */
  listAuditEvents(
    filter?: AuditEventFilter,
    options?: PageOptions,
  ): Promise<Answer<ListPage<AuditEventBody>>>;

  /** All events that fit, newest first, page by page. */
  eachAuditEvent(filter?: AuditEventFilter, options?: PageOptions): AsyncIterable<AuditEventBody>;

  /** @throws {LlmcfgError} `NOT_FOUND` */
  getAuditEvent(id: string, options?: CallOptions): Promise<Answer<AuditEventBody>>;

  /** The proof that an event is in the log, under a signed checkpoint. */
  getAuditProof(id: string, options?: CallOptions): Promise<Answer<AuditProof>>;

  /** Has the server check its whole log; faults are in the answer, not an error. */
  verifyAudit(options?: CallOptions): Promise<Answer<AuditVerification>>;
}

export function auditRequests(send: Send): AuditRequests {
  const get = async <T>(path: string, options: CallOptions): Promise<Answer<T>> =>
    parseAnswer<T>(await send({ method: "GET", path }, options));

  const listAuditEvents: AuditRequests["listAuditEvents"] = async (filter = {}, options = {}) => {
    const query = { ...filter, limit: options.limit, cursor: options.cursor };
    return parseAnswer(await send({ method: "GET", path: "/v1/audit/events", query }, options));
  };

  return {
    listAuditEvents,

    eachAuditEvent: (filter = {}, options = {}) =>
      eachItem((cursor = options.cursor) => listAuditEvents(filter, { ...options, cursor })),

    getAuditEvent: (id, options = {}) => get(resourcePath("audit/events", id), options),

    getAuditProof: (id, options = {}) => get(`${resourcePath("audit/events", id)}/proof`, options),

    verifyAudit: async (options = {}) => {
      const request = { path: "/v1/audit/verify", body: {}, repeat: "always" as const }; // reads only
      return parseAnswer(await send({ method: "POST", ...request }, options));
    },
  };
}
