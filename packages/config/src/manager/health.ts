import type { ManagerStatus } from "../config-manager.ts";
import type { SourceState } from "../load/source-state.ts";
import type { Refusal } from "../reload/refusal.ts";
import type { RefusedSource } from "../reload/refused-source.ts";
import type { ReloadResult } from "../reload/reload-result.ts";
import type { WatchTrouble } from "../watch/watch-trouble.ts";

/** What is not as it should be, though the configuration that was accepted serves on. */
export class ManagerHealth {
  #lastReload: ManagerStatus["lastReload"];
  #refusal: Refusal | undefined;
  #refused: readonly RefusedSource[] = [];
  #sources: readonly SourceCondition[];
  readonly #failing = new Set<string>();
  readonly #notes = new Map<string, readonly string[]>();
  readonly #watchTroubles = new Map<string, string>();

  constructor(states: readonly SourceState[]) {
    this.#sources = states.map(conditionOf);
  }

  get lastReload(): ManagerStatus["lastReload"] {
    return this.#lastReload;
  }

  /** Why the newest content of the sources is not taken, if it is not. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** The sources whose newest content that is. */
  get refused(): readonly RefusedSource[] {
    return this.#refused;
  }

  /** One sentence each. */
  get reasons(): readonly string[] {
    const refused = this.#refusal === undefined ? [] : [describeRefusal(this.#refusal)];
    const stale = this.#sources.flatMap(describeTrouble);
    const subscribers = [...this.#failing].map((name) => `${name} failed or takes too long`);
    const troubles = new Set(this.#watchTroubles.values()); // many directories, one reason
    return [...refused, ...stale, ...subscribers, ...troubles, ...[...this.#notes.values()].flat()];
  }

  /** What the sources have is refused until they are read again; `set` and `rollback` do not read. */
  reloaded(
    { status, trigger }: ReloadResult,
    at: Date,
    {
      refusal,
      refused,
    }: { readonly refusal: Refusal | undefined; readonly refused: readonly RefusedSource[] },
  ): void {
    this.#lastReload = { at, status };
    if (trigger === "set" || trigger === "rollback") return;
    this.#refusal = refusal;
    this.#refused = refused;
  }

  /** @returns ids of the sources that have become stale, and of those that have come back */
  sourcesRead(states: readonly SourceState[]): {
    readonly stale: readonly string[];
    readonly recovered: readonly string[];
  } {
    const ids = states.map(({ ranked }) => ranked.id);
    const before = this.#sources;
    const after = states.map(conditionOf);
    this.#sources = after;
    return {
      stale: ids.filter((id) => isStale(after, id) && !isStale(before, id)),
      recovered: ids.filter((id) => !isStale(after, id) && isStale(before, id)),
    };
  }

  /** What else is not as it should be, in place of what was noted about this before. */
  note(about: string, reasons: readonly string[]): void {
    this.#notes.set(about, reasons);
  }

  subscriberFailed(name: string): void {
    this.#failing.add(name);
  }

  subscriberDelivered(name: string): void {
    this.#failing.delete(name);
  }

  /** @returns whether it is the first one since there was none: the others tend to have one cause */
  watchTrouble({ what, instead, error }: WatchTrouble): boolean {
    const isFirst = this.#watchTroubles.size === 0;
    this.#watchTroubles.set(what, `${instead}: ${error.message}`);
    return isFirst;
  }

  watchRecovered(what: string): void {
    this.#watchTroubles.delete(what);
  }
}

function describeRefusal({ reason, at = "", path = "" }: Refusal): string {
  const place = path === "" || at === "" ? `${path}${at}` : `${path} (${at})`;
  return `newer content is refused: ${place === "" ? "" : `${place}: `}${reason}`;
}

/** How a source is doing, without what it delivered. */
type SourceCondition = Pick<SourceState, "condition" | "staleSinceMs"> & {
  readonly id: string;
  readonly hasContent: boolean;
};

function conditionOf({ ranked, content, condition, staleSinceMs }: SourceState): SourceCondition {
  return { id: ranked.id, hasContent: content !== undefined, condition, staleSinceMs };
}

/** An optional source may be missing; of one that cannot be asked nobody knows what it has. */
function describeTrouble({ id, hasContent, condition, staleSinceMs }: SourceCondition) {
  if (staleSinceMs !== undefined) {
    return [`${id} is ${condition} since ${new Date(staleSinceMs).toISOString()}`];
  }
  const isSkipped = !hasContent && (condition === "unreachable" || condition === "unreadable");
  return isSkipped ? [`${id} is ${condition}, and skipped: it is optional`] : [];
}

function isStale(sources: readonly SourceCondition[], id: string): boolean {
  return sources.some((one) => one.id === id && one.staleSinceMs !== undefined);
}
