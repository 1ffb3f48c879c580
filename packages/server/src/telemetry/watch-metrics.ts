import type { ResetReason } from "@llmcfg/protocol";
import type { WatchCounters } from "../modules/watch/ports.ts";
import type { Labels, Registry } from "./metrics.ts";

/** Each reason once: a new one does not compile until it is here. */
const RESETS: Readonly<Record<ResetReason, 0>> = {
  compacted: 0,
  bad_cursor: 0,
  slow_consumer: 0,
  large_revision: 0,
  draining: 0,
  future: 0,
  scope_changed: 0,
  hash_mismatch: 0,
  unauthenticated: 0,
};

export function observeWatch(registry: Registry, watch: () => WatchCounters): void {
  registry.observed("gauge", "llmcfg_watch_streams", "Open streams.", () =>
    [...watch().streams].map(([transport, count]) => [{ transport }, count] as const),
  );
  registry.observed("counter", "llmcfg_watch_resets_total", "Gaps that were told.", () =>
    resetsOf(watch()),
  );
}

function* resetsOf({ resets }: WatchCounters): Iterable<readonly [Labels, number]> {
  for (const [transport, reasons] of resets) {
    const counts = { ...RESETS, ...Object.fromEntries(reasons) };
    for (const [reason, count] of Object.entries(counts)) yield [{ transport, reason }, count];
  }
}
