import type { HistoryEntry } from "../history/history.ts";
import { keyedDigest } from "./envelope.ts";
import type { SourceState } from "./source-state.ts";

/** What is told of the sources that a configuration was made of. */
export type ToldSources = HistoryEntry["sources"];

/**
 * Which content each source delivered, told under a key: who knows all of a content but the secret
 * that is written out in it could try that out by a plain hash (TNT-4). Under one key equal contents
 * have equal hashes.
 */
export function toldSources(states: readonly SourceState[], key: string): ToldSources {
  return states.flatMap(({ ranked: { id }, content }) => {
    if (content === undefined) return [];
    const hash = keyedDigest(key, Buffer.from(content.hash));
    const { revision } = content;
    return [revision === undefined ? { id, hash } : { id, hash, revision }];
  });
}
