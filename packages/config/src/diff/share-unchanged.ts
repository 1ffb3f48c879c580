import { Duration } from "../values/duration.ts";
import { isSecretRef } from "../values/secret-handle.ts";
import { countOf, isEqual, isList, isMembers, type Members } from "./compare-values.ts";

/**
 * The next value, with every part that is equal to what lies at the same place before replaced by
 * that: so unchanged parts are identical from one version to the next, and are kept once.
 *
 * Items of a list keep their identity where others are put before, between or behind them. O(size):
 * no part is compared with more than two others.
 *
 * @param next it is changed, but for parts that are frozen: those are of a version already
 */
export function shareUnchanged<T>(before: unknown, next: T): T {
  return share(before, next) as T; // equal to `next`, so it is of the same type
}

/** @returns `before` itself if the two are equal */
function share(before: unknown, next: unknown): unknown {
  if (before === next || typeof next !== "object" || next === null) return next;
  const isWhole = next instanceof Duration || isSecretRef(next) || Object.isFrozen(next);
  if (isWhole) return isEqual(before, next) ? before : next;
  if (Array.isArray(next)) return isList(before) ? shareItems(before, next) : next;
  return isMembers(before) ? shareMembers(before, next as Record<string, unknown>) : next; // no list
}

function shareMembers(before: Members, next: Record<string, unknown>): unknown {
  let isSame = true;
  let count = 0;
  for (const name of Object.keys(next)) {
    const member = next[name];
    if (member === undefined) continue;
    count++;
    const shared = share(before[name], member);
    if (shared !== member) next[name] = shared;
    isSame &&= shared === before[name];
  }
  return isSame && count === countOf(before) ? before : next;
}

/**
 * Items are paired from the front and, of the rest, from the back, so that one which comes or goes
 * costs no comparison of all with all. Between the two each item is paired by its place.
 */
function shareItems(before: readonly unknown[], next: unknown[]): unknown {
  const most = Math.min(before.length, next.length);
  let front = 0;
  for (; front < most; front++) {
    next[front] = share(before[front], next[front]);
    if (next[front] !== before[front]) break;
  }
  if (front === next.length && front === before.length) return before;
  const shift = before.length - next.length;
  let end = next.length;
  for (; end > front && end + shift > front; end--) {
    const known = before[end - 1 + shift];
    if (!isEqual(known, next[end - 1])) break; // an item is changed for one pairing alone
    next[end - 1] = known;
  }
  const middle = Math.min(end, before.length);
  for (let at = front + 1; at < middle; at++) next[at] = share(before[at], next[at]);
  return next;
}
