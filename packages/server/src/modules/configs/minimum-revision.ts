import { LlmcfgError, type Revision } from "@llmcfg/core";
import type { Change, CommitListener, ConfigStore, WaitOptions } from "./ports.ts";

/** Resolves once a tenant has come as far as a revision; see {@link RevisionAwaiter}. */
export type AwaitRevision = (
  tenant: string,
  revision: Revision,
  options: WaitOptions & { readonly waitMs: number },
) => Promise<void>;

/** How often the store is asked: commits of other processes are heard of in no other way. */
const POLL_MS = 100;

/** Waits for revisions: read your writes, wherever they were made. */
export class RevisionAwaiter implements CommitListener {
  readonly #store: Pick<ConfigStore, "headRevision">;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(store: Pick<ConfigStore, "headRevision">) {
    this.#store = store;
  }

  committed(tenant: string, _change: Change): void {
    for (const wake of this.#waiting.get(tenant) ?? []) wake();
  }

  /**
   * Resolves once the tenant is at `revision` or later.
   *
   * @throws {LlmcfgError} `REVISION_NOT_REACHED` after `waitMs`
   */
  async awaitRevision(
    tenant: string,
    revision: Revision,
    { waitMs, signal }: WaitOptions & { readonly waitMs: number },
  ): Promise<void> {
    const startedAt = performance.now();
    for (;;) {
      signal?.throwIfAborted();
      const head = await this.#store.headRevision(tenant, { signal });
      if (head >= revision) return;
      const leftMs = startedAt + waitMs - performance.now();
      if (leftMs <= 0) {
        const message = `revision ${revision} has not been reached: the newest is ${head}`;
        throw new LlmcfgError("REVISION_NOT_REACHED", message, { retryAfter: 1 });
      }
      await this.#pause(tenant, Math.min(leftMs, POLL_MS), signal);
    }
  }

  /** Until a commit of this process, the time, or the signal. */
  async #pause(tenant: string, ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve: wake } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(tenant) ?? new Set();
    this.#waiting.set(tenant, waiting.add(wake));
    const timer = setTimeout(wake, Math.max(1, ms));
    const onAbort = () => wake();
    signal?.addEventListener("abort", onAbort);
    await promise;
    signal?.removeEventListener("abort", onAbort);
    clearTimeout(timer);
    waiting.delete(wake);
    if (waiting.size === 0) this.#waiting.delete(tenant);
  }
}
