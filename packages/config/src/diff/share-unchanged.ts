import { isEqual, isList, isMembers } from "./compare-values.ts";

/**
 * The next value, with every part that is equal to what lies at the same place before replaced by
 * that: so unchanged parts are identical from one version to the next, and are kept once.
 *
 * Items of a list keep their identity where others are put before, between or behind them.
 *
 * @param next not frozen yet; it is changed
 */
export function shareUnchanged<T>(before: unknown, next: T): T {
  if (isEqual(before, next)) return before as T; // equal, so it is of the same type
  if (isList(before) && Array.isArray(next)) shareItems(before, next);
  else if (isMembers(before) && isMembers(next)) {
    const members: Record<string, unknown> = next;
    for (const [name, member] of Object.entries(members)) {
      members[name] = shareUnchanged(before[name], member);
    }
  }
  return next;
}

/**
 * Items are paired from the front and, of the rest, from the back, so that one which comes or goes
 * costs no comparison of all with all. Between the two each item is paired by its place.
 */
function shareItems(before: readonly unknown[], next: unknown[]): void {
  const front = countEqual(before, next, (items, i) => items[i]);
  const restBefore = before.slice(front);
  const restNext = next.slice(front);
  const back = countEqual(restBefore, restNext, (items, i) => items.at(-1 - i));
  const shift = before.length - next.length;
  for (const [i, item] of next.entries()) {
    const place = i < next.length - back ? i : i + shift;
    next[i] = shareUnchanged(before[place], item);
  }
}

function countEqual(
  before: readonly unknown[],
  next: readonly unknown[],
  itemAt: (items: readonly unknown[], i: number) => unknown,
): number {
  const most = Math.min(before.length, next.length);
  let count = 0;
  while (count < most && isEqual(itemAt(before, count), itemAt(next, count))) count++;
  return count;
}
