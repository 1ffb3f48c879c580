/**
 * Why a value is what it is, and what it was.
 *
 * @module
 */

import type { KeyRef } from "@llmcfg/core";
import type { Diff, EffectiveEntry, Entry, HistoryItem, ListPage } from "@llmcfg/protocol";
import type { Answer } from "../http/answer.ts";
import { parseAnswer } from "../http/parse-answer.ts";
import { keyPath } from "../http/path.ts";
import type { CallOptions, Send } from "../http/send.ts";
import { eachItem, type PageOptions } from "./pages.ts";
import { flag, type ReadOptions, readQuery } from "./read-options.ts";

export interface EffectiveOptions extends ReadOptions {
  /** As one consumer has it. */
  readonly agent?: string | undefined;
}

export interface HistoryOptions extends PageOptions {
  /** Merge the versions of the ancestors in. */
  readonly layers?: boolean | undefined;
}

export interface VersionOptions extends CallOptions {
  readonly reveal?: boolean | undefined;
}

/** Two states to compare, as references: `env/service[/key][@rN|@vN|@TIME]`. */
export interface DiffSides {
  readonly from: string;
  readonly to: string;
}

export interface ExplainRequests {
  /** The value with every layer that was consulted. @throws {LlmcfgError} `KEY_NOT_FOUND` */
  getEffective(ref: KeyRef, options?: EffectiveOptions): Promise<Answer<EffectiveEntry>>;

  /** One page of the versions of the own item, newest first. */
  listHistory(ref: KeyRef, options?: HistoryOptions): Promise<Answer<ListPage<HistoryItem>>>;

  /** All versions of the own item, newest first, page by page. */
  eachVersion(ref: KeyRef, options?: HistoryOptions): AsyncIterable<HistoryItem>;

  /** One version of the own item. @throws {LlmcfgError} `VERSION_NOT_FOUND` */
  getVersion(ref: KeyRef, version: number, options?: VersionOptions): Promise<Answer<Entry>>;

  getDiff(sides: DiffSides, options?: CallOptions): Promise<Answer<Diff>>;
}

export function explainRequests(send: Send): ExplainRequests {
  const listHistory: ExplainRequests["listHistory"] = async (ref, options = {}) => {
    const { limit, cursor } = options;
    const query = { limit, cursor, layers: flag(options.layers) };
    return parseAnswer(
      await send({ method: "GET", path: keyPath("history", ref), query }, options),
    );
  };

  return {
    getEffective: async (ref, options = {}) => {
      const { agent, waitMs } = options;
      const request = { path: keyPath("effective", ref), waitMs };
      const query = { ...readQuery(options), agent };
      return parseAnswer(await send({ method: "GET", ...request, query }, options));
    },

    listHistory,

    eachVersion: (ref, options = {}) =>
      eachItem((cursor = options.cursor) => listHistory(ref, { ...options, cursor })),

    getVersion: async (ref, version, options = {}) => {
      const query = { version, reveal: flag(options.reveal) };
      const path = keyPath("versions", ref);
      return parseAnswer(await send({ method: "GET", path, query }, options));
    },

    getDiff: async ({ from, to }, options = {}) =>
      parseAnswer(await send({ method: "GET", path: "/v1/diff", query: { from, to } }, options)),
  };
}
