import { isStep } from "../load/slices.ts";
import { Duration } from "../values/duration.ts";
import { ownMember } from "../values/own-member.ts";
import { isSecretRef } from "../values/secret-handle.ts";
import { countOf, isEqual, isList, isMembers, type Members } from "./compare-values.ts";

/**
 * The next value, with every part that is equal to what lies at the same place before replaced by
 * that: so unchanged parts are identical from one version to the next, and are kept once.
 *
 * Items of a list keep their identity where others are put before, between or behind them. O(size):
 * no part is compared with more than two others. In steps.
 *
 * @param next it is changed, but for parts that are frozen: those are of a version already, or become
 *   so between two steps
 */
export function* shareInSteps<T>(before: unknown, next: T): Generator<void, T> {
  const shared = hasParts(next) ? yield* shareParts(before, next) : shareWhole(before, next);
  return shared as T; // equal to `next`, so it is of the same type
}

/** @returns `before` itself if the two are equal */
function* shareParts(before: unknown, next: object): Generator<void, unknown> {
  if (before === next) return next;
  if (Array.isArray(next)) return isList(before) ? yield* shareItems(before, next) : next;
  if (!isMembers(before)) return next;
  return yield* shareMembers(before, next as Record<string, unknown>); // it is no list
}

/** Whether parts of it can be replaced. */
function hasParts(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return false;
  return !(value instanceof Duration) && !isSecretRef(value);
}

function shareWhole(before: unknown, next: unknown): unknown {
  if (typeof next !== "object" || next === null) return next;
  return isEqual(before, next) ? before : next;
}

function* shareMembers(before: Members, next: Record<string, unknown>): Generator<void, unknown> {
  let isSame = true;
  let count = 0;
  let parts = 0;
  for (const name of Object.keys(next)) {
    const member = next[name];
    if (member === undefined) continue;
    count++;
    const known = ownMember(before, name);
    const isPart = hasParts(member);
    if (isPart && isStep(++parts)) yield;
    const shared = isPart ? yield* shareParts(known, member) : shareWhole(known, member);
    if (shared !== member && !Object.isFrozen(next)) next[name] = shared;
    isSame &&= shared === known;
  }
  return isSame && count === countOf(before) ? before : next;
}

/**
 * Items are paired from the front and, of the rest, from the back, so that one which comes or goes
 * costs no comparison of all with all. Between the two each item is paired by its place.
 */
function* shareItems(before: readonly unknown[], next: unknown[]): Generator<void, unknown> {
  const most = Math.min(before.length, next.length);
  let front = 0;
  for (; front < most; front++) {
    if (isStep(front + 1)) yield;
    if ((yield* shareItem(before[front], next, front)) !== before[front]) break;
  }
  if (front === next.length && front === before.length) return before;
  const shift = before.length - next.length;
  let end = next.length;
  for (; end > front && end + shift > front; end--) {
    const known = before[end - 1 + shift];
    if (!isEqual(known, next[end - 1])) break; // an item is changed for one pairing alone
    if (!Object.isFrozen(next)) next[end - 1] = known;
  }
  const middle = Math.min(end, before.length);
  for (let at = front + 1; at < middle; at++) {
    if (isStep(at)) yield;
    yield* shareItem(before[at], next, at);
  }
  return next;
}

function* shareItem(known: unknown, next: unknown[], at: number): Generator<void, unknown> {
  const shared = yield* shareInSteps(known, next[at]);
  if (shared !== next[at] && !Object.isFrozen(next)) next[at] = shared;
  return shared;
}
