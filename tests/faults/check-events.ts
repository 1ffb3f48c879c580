import type { ReceivedEvent } from "./event-reader.ts";
import type { StoredKey } from "./stored-keys.ts";

/**
 * What a stream owes to a reader that followed it from before the first write: each revision once,
 * in order, with all its keys, and at the end the hash of the bundle.
 *
 * @returns what is wrong, in words; empty where nothing is
 */
export function checkEvents(
  events: readonly ReceivedEvent[],
  { stored, hash }: { readonly stored: readonly StoredKey[]; readonly hash: string },
): readonly string[] {
  const expected = keysByRevision(stored);
  const changes = events.filter(({ type }) => type === "config.changed");
  const revisions = changes.map(({ revision }) => revision);
  return [
    ...[...expected.keys()]
      .filter((revision) => !revisions.includes(revision))
      .map((revision) => `revision ${revision} is missing`),
    ...revisions.flatMap((revision, i) => {
      const before = revisions[i - 1] ?? 0;
      if (revision === before) return [`revision ${revision} came twice`];
      return revision < before ? [`revision ${revision} came after ${before}`] : [];
    }),
    ...changes
      .filter((event) => keysOf(event) !== expected.get(event.revision))
      .map((event) => `revision ${event.revision} brought ${keysOf(event)}`),
    ...checkMarks(events, hash),
  ];
}

/** The keys of each revision as one text. */
function keysByRevision(stored: readonly StoredKey[]): ReadonlyMap<number, string> {
  const groups = Map.groupBy(stored, ({ revision }) => revision);
  return new Map([...groups].map(([revision, entries]) => [revision, joinKeys(entries)]));
}

function keysOf({ changes = [] }: ReceivedEvent): string {
  return joinKeys(changes);
}

function joinKeys(entries: readonly { readonly key: string }[]): string {
  return entries
    .map(({ key }) => key)
    .toSorted()
    .join(" ");
}

/** Nothing but changes and heartbeats, a heartbeat never ahead of changes, the last one right. */
function checkMarks(events: readonly ReceivedEvent[], hash: string): readonly string[] {
  const last = events.findLast(({ type }) => type === "heartbeat");
  let marked = 0;
  const faults = events.flatMap(({ type, revision }) => {
    if (type === "heartbeat") marked = Math.max(marked, revision);
    else if (type !== "config.changed") return [`${type} at revision ${revision}`];
    else if (revision <= marked) return [`revision ${revision} came after its heartbeat`];
    return [];
  });
  return last?.hash === hash ? faults : [...faults, `the last hash is ${last?.hash}`];
}
