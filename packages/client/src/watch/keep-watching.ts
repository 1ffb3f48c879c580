import { isLlmcfgError, type LlmcfgError } from "@llmcfg/core";
import type { BundleState } from "../bundle/bundle-state.ts";
import type { Client } from "../client.ts";
import type { NamespaceRef } from "../requests/bundles.ts";
import type { Runtime } from "../runtime.ts";
import { type NamespaceWatch, watchNamespace } from "./watch.ts";
import type { WatchItem } from "./watch-item.ts";

export interface WatchLoopOptions {
  readonly client: Client;
  readonly namespace: NamespaceRef;
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
  /** The newest state that is known: where the next watch begins. */
  readonly from: () => BundleState | undefined;
  readonly onItem: (item: WatchItem) => void | Promise<void>;
  /** Given each watch as it begins: what it knows of itself. */
  readonly onWatch?: (watch: NamespaceWatch) => void;
  /** Told why there is no watch at the moment. */
  readonly onRefused: (error: LlmcfgError) => void;
}

/** After a refusal that waiting alone does not mend: somebody has to act, and may. */
const REFUSED_PAUSE_MS = 30_000;

/**
 * Watches a namespace, values included, until the signal aborts; begins anew, 30 to 60 s later, where the server
 * refuses it. Never rejects for what it is told.
 */
export async function keepWatching(options: WatchLoopOptions): Promise<void> {
  const { client, namespace, runtime, signal } = options;
  while (!signal.aborted) {
    try {
      const from = options.from();
      const about = { client, ...namespace, runtime, signal };
      const watch = watchNamespace({ ...about, from, includeValues: true });
      options.onWatch?.(watch);
      for await (const item of watch) await options.onItem(item);
    } catch (error) {
      if (signal.aborted) return;
      if (!isLlmcfgError(error)) throw error;
      options.onRefused(error);
      const pauseMs = REFUSED_PAUSE_MS * (1 + runtime.random());
      await runtime.sleep(pauseMs, signal).catch(() => {}); // the loop sees that it aborted
    }
  }
}
