import type { ResetReason } from "@llmcfg/protocol";
import type { WatchCounters, WatchEncoder } from "./ports.ts";

type Transport = WatchEncoder["name"];

/** Plain numbers; see {@link WatchCounters}. */
export class StreamCounters implements WatchCounters {
  readonly streams = new Map<Transport, number>([["sse", 0]]);
  readonly resets = new Map<Transport, Map<ResetReason, number>>([["sse", new Map()]]);
  encoded = 0;

  countStream(transport: Transport, difference: 1 | -1): void {
    this.streams.set(transport, (this.streams.get(transport) ?? 0) + difference);
  }

  countReset(transport: Transport, reason: ResetReason): void {
    const byReason = this.resets.get(transport);
    byReason?.set(reason, (byReason.get(reason) ?? 0) + 1);
  }
}
