import { isEqual, isList, isMembers } from "./compare-values.ts";

/**
 * The next value, with every part that is equal to what lies at the same place before replaced by
 * that: so unchanged parts are identical from one version to the next, and are kept once.
 *
 * @param next not frozen yet; it is changed
 */
export function shareUnchanged<T>(before: unknown, next: T): T {
  if (isEqual(before, next)) return before as T; // equal, so it is of the same type
  if (isList(before) && Array.isArray(next)) {
    const items: unknown[] = next;
    for (const [i, item] of items.entries())
      items[i] = shareUnchanged(matching(before, items, i), item);
  } else if (isMembers(before) && isMembers(next)) {
    const members: Record<string, unknown> = next;
    for (const [name, member] of Object.entries(members)) {
      members[name] = shareUnchanged(before[name], member);
    }
  }
  return next;
}

/** The item that was equal before, wherever it stood; else the one at the same place. */
function matching(before: readonly unknown[], items: readonly unknown[], index: number): unknown {
  if (before.length === items.length) return before[index];
  return before.find((item) => isEqual(item, items[index])) ?? before[index];
}
