import type { Freshness } from "@llmcfg/protocol";

/** Two heartbeats: after this without a proof the state may be an old one. */
const FRESH_MS = 60_000;

/**
 * How current a state is.
 *
 * @param proof.ageMs since the server last proved it or, read from disk, since it was saved
 * @param proof.isOwn whether that was in this process
 * @param maxStaleMs beyond this it is `EXPIRED`
 */
export function freshnessOf(
  { ageMs, isOwn }: { readonly ageMs: number; readonly isOwn: boolean },
  maxStaleMs: number,
): Freshness {
  if (ageMs > maxStaleMs) return "EXPIRED";
  return isOwn && ageMs <= FRESH_MS ? "FRESH" : "STALE";
}
