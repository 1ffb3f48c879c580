/**
 * Values: read, write, remove, list.
 *
 * @module
 */

import type { KeyRef } from "@llmcfg/core";
import type { Entry, ListPage, TreePage, WriteBody, WriteResult } from "@llmcfg/protocol";
import type { Answer } from "../http/answer.ts";
import { parseAnswer } from "../http/parse-answer.ts";
import { keyPath, resourcePath } from "../http/path.ts";
import type { CallOptions, Send } from "../http/send.ts";
import { eachItem, type PageOptions } from "./pages.ts";
import { flag, type ReadOptions, readQuery } from "./read-options.ts";

export interface GetOptions extends ReadOptions {
  /** A version of the own item, instead of what is effective. */
  readonly version?: number | undefined;
  /** Give a sensitive value too; the access is recorded. */
  readonly reveal?: boolean | undefined;
  /** Say which layers were consulted. */
  readonly layers?: boolean | undefined;
  /** `keep` leaves references in values as text. */
  readonly references?: "keep" | undefined;
}

/** What a write is based on, and what it may do. */
export interface WriteOptions extends CallOptions {
  /** ETag of the effective state, quoted. */
  readonly ifMatch?: string | undefined;
  /** `*`: only where there is no live own item. */
  readonly ifNoneMatch?: "*" | undefined;
  /** Version of the live own item; 0 for none. */
  readonly ifVersion?: number | undefined;
  /** Accept that protected environments are reached by inheritance. */
  readonly confirm?: boolean | undefined;
  /** `exist`: for `ifNoneMatch`, a deleted item is one that exists. */
  readonly tombstones?: "exist" | undefined;
}

export interface PostOptions extends WriteOptions {
  /** An equal value makes no new version. */
  readonly ifChanged?: boolean | undefined;
}

export interface DeleteOptions extends WriteOptions {
  /** Hide what would be inherited, instead of letting it show. */
  readonly mask?: boolean | undefined;
}

/** What a list is of. Without `service`: of all services of the environment. */
export interface ListSelection {
  readonly env: string;
  readonly service?: string | undefined;
  /** What the keys begin with. */
  readonly prefix?: string | undefined;
}

export interface ListOptions extends ReadOptions, PageOptions {
  /** `false` leaves the values out. */
  readonly values?: boolean | undefined;
}

export interface TreeOptions extends ListOptions {
  /** How many levels below the prefix are folders of their own. */
  readonly depth?: number | undefined;
}

export interface ConfigRequests {
  /** @throws {LlmcfgError} `KEY_NOT_FOUND`, `VERSION_NOT_FOUND`, `POLICY_DENIED` */
  getConfig(ref: KeyRef, options?: GetOptions): Promise<Answer<Entry>>;

  /** As {@link getConfig}; `undefined` while the state is still the one of `etag`. */
  getConfigIfChanged(
    ref: KeyRef,
    etag: string,
    options?: GetOptions,
  ): Promise<Answer<Entry> | undefined>;

  /**
   * Appends a version; members that are left out keep their value.
   *
   * @throws {LlmcfgError} `ETAG_MISMATCH`, `BLAST_RADIUS`, `RULE_VIOLATION`, `POLICY_DENIED`
   */
  postConfig(ref: KeyRef, body: WriteBody, options?: PostOptions): Promise<Answer<WriteResult>>;

  /**
   * Replaces the item; members that are left out go back to their defaults.
   *
   * Not sent again where no answer came: read the key to learn what became of it.
   *
   * @throws {LlmcfgError} as {@link postConfig}; `PRECONDITION_REQUIRED`
   */
  putConfig(ref: KeyRef, body: WriteBody, options?: WriteOptions): Promise<Answer<WriteResult>>;

  /** Removes the own item. @throws {LlmcfgError} as {@link putConfig}; `KEY_NOT_FOUND` */
  deleteConfig(ref: KeyRef, options?: DeleteOptions): Promise<Answer<WriteResult>>;

  /** One page of effective values, in the order of their keys. */
  listConfigs(selection: ListSelection, options?: ListOptions): Promise<Answer<ListPage<Entry>>>;

  /** One page of a level: its entries and the folders below it. */
  listTree(selection: ListSelection, options?: TreeOptions): Promise<Answer<TreePage>>;

  /** All effective values of the selection, page by page. */
  eachConfig(selection: ListSelection, options?: ListOptions): AsyncIterable<Entry>;
}

export function configRequests(send: Send): ConfigRequests {
  const list: ConfigRequests["listConfigs"] = async (selection, options = {}) =>
    parseAnswer(await send(listRequest(selection, options), options));

  return {
    getConfig: async (ref, options = {}) =>
      parseAnswer(await send({ method: "GET", ...getRequest(ref, options) }, options)),

    getConfigIfChanged: async (ref, etag, options = {}) => {
      const headers = { "if-none-match": etag };
      const reply = await send({ method: "GET", ...getRequest(ref, options), headers }, options);
      return reply.status === 304 ? undefined : parseAnswer(reply);
    },

    postConfig: async (ref, body, options = {}) => {
      const query = { ...writeQuery(options), ifChanged: flag(options.ifChanged) };
      const request = { ...writeRequest(ref, options), query, body };
      return parseAnswer(await send({ method: "POST", ...request, repeat: "keyed" }, options));
    },

    putConfig: async (ref, body, options = {}) =>
      parseAnswer(await send({ method: "PUT", ...writeRequest(ref, options), body }, options)),

    deleteConfig: async (ref, options = {}) => {
      const query = { ...writeQuery(options), mask: flag(options.mask) };
      const request = { ...writeRequest(ref, options), query };
      return parseAnswer(await send({ method: "DELETE", ...request }, options));
    },

    listConfigs: list,

    listTree: async (selection, options = {}) => {
      const { path, query } = listRequest(selection, options);
      const tree = { ...query, view: "tree", depth: options.depth };
      return parseAnswer(await send({ method: "GET", path, query: tree }, options));
    },

    eachConfig: (selection, options = {}) =>
      eachItem((cursor = options.cursor) => list(selection, { ...options, cursor })),
  };
}

function getRequest(ref: KeyRef, options: GetOptions) {
  const { version, references, waitMs } = options;
  const flags = { reveal: flag(options.reveal), layers: flag(options.layers) };
  const query = { ...readQuery(options), version, references, ...flags };
  return { path: keyPath("configs", ref), query, waitMs };
}

function writeRequest(ref: KeyRef, options: WriteOptions) {
  const headers = { "if-match": options.ifMatch, "if-none-match": options.ifNoneMatch };
  return { path: keyPath("configs", ref), query: writeQuery(options), headers };
}

function writeQuery({ ifVersion, tombstones, confirm }: WriteOptions) {
  return { ifVersion, tombstones, confirm: flag(confirm) };
}

function listRequest({ env, service, prefix }: ListSelection, options: ListOptions) {
  const path = resourcePath("configs", env, ...(service === undefined ? [] : [service]));
  const { limit, cursor, waitMs } = options;
  const values = options.values === false ? false : undefined;
  const query = { ...readQuery(options), prefix, limit, cursor, values };
  return { method: "GET" as const, path, query, waitMs };
}
