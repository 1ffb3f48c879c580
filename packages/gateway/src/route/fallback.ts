import type { Cause } from "../schema/routing-action.ts";
import type { Attempt } from "./route-decision.ts";

/**
 * What to try next after a failure: the first attempt in order that has not been tried and is
 * meant for the cause. `undefined` where there is none.
 *
 * @param tried indices into `attempts`
 */
export function findFallback(
  attempts: readonly Attempt[],
  tried: ReadonlySet<number>,
  cause: Cause,
): number | undefined {
  const next = attempts.findIndex(({ on }, i) => !tried.has(i) && covers(on, cause));
  return next < 0 ? undefined : next;
}

/** Whether a cause is listed. `error` covers `server_error` and `unavailable`. */
export function covers(listed: readonly Cause[], cause: Cause): boolean {
  if (listed.includes(cause)) return true;
  return (cause === "server_error" || cause === "unavailable") && listed.includes("error");
}
