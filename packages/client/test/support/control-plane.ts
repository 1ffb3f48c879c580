/**
 * A small control plane over real HTTP: one service, its bundle, its stream, its secrets, and
 * whoever reports. Made without any code of the client.
 *
 * @module
 */

import type { ServerResponse } from "node:http";
import type { Json } from "@llmcfg/core";
import type { AgentReport, WatchChange } from "@llmcfg/protocol";
import { bundleOf, ENV, hashOfValue, SERVICE, Sensitive } from "./bundles.ts";
import { type SeenRequest, type Served, sendJson, sendProblem, serve } from "./serve.ts";

/** A value with references in it: as text, and as it expands. */
export class Referring {
  readonly text: Json;
  readonly expanded: Json | Sensitive;

  constructor(text: Json, asExpanded: Json | Sensitive) {
    this.text = text;
    this.expanded = asExpanded;
  }
}

type Value = Json | Sensitive | Referring;

interface Commit {
  readonly revision: number;
  readonly contents: ReadonlyMap<string, Value>;
  readonly changes: readonly WatchChange[];
}

/** Answers a request itself, or lets it pass by giving `undefined`. */
export type Intercept = (request: SeenRequest, response: ServerResponse) => true | undefined;

export class ControlPlane implements AsyncDisposable {
  readonly url: string;
  readonly reports: { readonly id: string; readonly report: AgentReport }[] = [];
  /** Whether a stream that asks for values gets them. */
  hasValues = true;
  intercept: Intercept = () => undefined;
  readonly #served: Served;
  readonly #commits: Commit[];
  /** Whether each of them gets the values too. */
  readonly #streams = new Map<ServerResponse, boolean>();

  private constructor(served: Served, commits: Commit[]) {
    this.#served = served;
    this.url = served.url;
    this.#commits = commits;
  }

  /** At revision 2, with these values. */
  static async start(values: Readonly<Record<string, Value>>, port = 0): Promise<ControlPlane> {
    const parts: { plane?: ControlPlane } = {};
    const served = await serve((request, response) => parts.plane?.answer(request, response), port);
    const first = { revision: 2, contents: new Map(Object.entries(values)), changes: [] };
    parts.plane = new ControlPlane(served, [first]);
    return parts.plane;
  }

  get requests(): readonly SeenRequest[] {
    return this.#served.requests;
  }

  get streams(): number {
    return this.#streams.size;
  }

  get revision(): number {
    return this.#head.revision;
  }

  get hash(): string {
    return bundleOf(this.revision, expanded(this.#head)).hash;
  }

  /** Writes values, removes those that are `undefined`, and tells the streams. */
  commit(values: Readonly<Record<string, Value | undefined>>, isTold = true): number {
    const contents = new Map(this.#head.contents);
    const changes = Object.entries(values).map(([key, value]) => {
      if (value === undefined) contents.delete(key);
      else contents.set(key, value);
      return changeOf(key, value);
    });
    const commit = { revision: this.revision + 1, contents, changes };
    this.#commits.push(commit);
    if (isTold) this.#tell((hasValues) => eventOf(commit, hasValues));
    return commit.revision;
  }

  heartbeat(): void {
    this.#tell(() => this.#heartbeatText());
  }

  reset(reason: string, retryAfterMs = 0): void {
    const { revision } = this;
    this.#tell(() => message(revision, { type: "reset", reason, revision, retryAfterMs }));
  }

  /** Sends the newest change once more. */
  repeatLast(): void {
    this.#tell((hasValues) => eventOf(this.#head, hasValues));
  }

  ping(): void {
    this.#tell(() => ": ping\n\n");
  }

  cutStreams(): void {
    for (const stream of this.#streams.keys()) stream.destroy();
  }

  answer(request: SeenRequest, response: ServerResponse): void {
    if (this.intercept(request, response) === true) return;
    const url = new URL(request.url, this.url);
    const [, , resource = "", ...rest] = url.pathname.split("/");
    if (resource === "bundles") return this.#bundle(url.searchParams, response);
    if (resource === "watch") return this.#watch(request, response);
    if (resource === "configs") return this.#reveal(rest.slice(2).join("/"), response);
    if (resource === "agents") {
      this.reports.push({ id: rest[0] ?? "", report: JSON.parse(request.body) as AgentReport }); // as sent
      return sendJson(response, 200, {});
    }
    sendProblem(response, { status: 404, reason: "NOT_FOUND", resource });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#served[Symbol.asyncDispose]();
  }

  get #head(): Commit {
    const head = this.#commits.at(-1);
    if (head === undefined) throw new TypeError("there is always a commit");
    return head;
  }

  #bundle(query: URLSearchParams, response: ServerResponse): void {
    const at = Number(query.get("at") ?? this.revision);
    const commit = this.#commits.findLast(({ revision }) => revision <= at) ?? this.#head;
    if (Number(query.get("minRevision") ?? 0) > this.revision) {
      return sendProblem(response, { status: 503, reason: "REVISION_NOT_REACHED", retryAfter: 1 });
    }
    const contents = query.get("references") === "keep" ? kept(commit) : expanded(commit);
    const revision = { "config-revision": String(commit.revision) };
    sendJson(response, 200, bundleOf(commit.revision, contents), revision);
  }

  #watch(request: SeenRequest, response: ServerResponse): void {
    const from = request.headers["last-event-id"];
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("retry: 10\n\n");
    if (from !== undefined && Number(from) > this.revision) {
      const { revision } = this;
      response.write(
        message(revision, { type: "reset", reason: "future", revision, retryAfterMs: 0 }),
      );
    }
    const { searchParams } = new URL(request.url, this.url);
    const hasValues = this.hasValues && searchParams.get("include") === "values";
    const missed = this.#commits.filter(({ revision }) => revision > Number(from ?? this.revision));
    for (const commit of missed) response.write(eventOf(commit, hasValues));
    response.write(this.#heartbeatText());
    this.#streams.set(response, hasValues);
    response.on("close", () => this.#streams.delete(response));
  }

  #reveal(key: string, response: ServerResponse): void {
    const value = this.#head.contents.get(decodeURIComponent(key));
    if (value === undefined) {
      return sendProblem(response, { status: 404, reason: "KEY_NOT_FOUND", suggestions: [] });
    }
    const shown = value instanceof Referring ? value.expanded : value;
    const plain = shown instanceof Sensitive ? shown.value : shown;
    const path = `${ENV}/${SERVICE}/${key}`;
    const entry = { path, value: plain, redacted: false, version: 1, hash: hashOfValue(shown) };
    sendJson(response, 200, entry);
  }

  #heartbeatText(): string {
    const { revision, hash } = this;
    return message(revision, { type: "heartbeat", revision, hash });
  }

  #tell(textFor: (hasValues: boolean) => string): void {
    for (const [stream, hasValues] of this.#streams) stream.write(textFor(hasValues));
  }
}

function expanded({ contents }: Commit): Readonly<Record<string, Json | Sensitive>> {
  return Object.fromEntries(
    [...contents].map(([key, value]) => [key, value instanceof Referring ? value.expanded : value]),
  );
}

function kept({ contents }: Commit): Readonly<Record<string, Json | Sensitive>> {
  return Object.fromEntries(
    [...contents].map(([key, value]) => [key, value instanceof Referring ? value.text : value]),
  );
}

function changeOf(key: string, value: Value | undefined): WatchChange {
  const place = { path: `${ENV}/${SERVICE}/${key}`, env: ENV, service: SERVICE, key };
  const about = { version: 2, layer: ENV, restartRequired: false };
  if (value === undefined) {
    return { op: "delete", ...place, ...about, hash: null, sensitive: false };
  }
  const shown = value instanceof Referring ? value.expanded : value;
  const sensitive = shown instanceof Sensitive;
  const put = { op: "put" as const, ...place, ...about, hash: hashOfValue(shown), sensitive };
  return sensitive ? put : { ...put, value: shown };
}

function eventOf({ revision, changes }: Commit, hasValues: boolean): string {
  const about = { at: "2026-11-22T02:20:01.114Z", actor: "user:dev", message: null };
  const shown = changes.map(({ value, ...change }) =>
    hasValues && value !== undefined ? { ...change, value } : change,
  );
  return message(revision, { type: "config.changed", revision, ...about, changes: shown });
}

export function message(id: number, event: object): string {
  return `id: ${id}\nevent: message\ndata: ${JSON.stringify(event)}\n\n`;
}
