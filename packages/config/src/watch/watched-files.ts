import type { Origin } from "../reload/version.ts";
import { plainIdentity } from "../sources/file-identity.ts";
import { ABSENT } from "./file-watch.ts";

/**
 * The files that a configuration was made of, with what they were when they were read: those of
 * sources, and those behind `${file:…}` in text.
 */
export function watchedFiles<T>({
  states,
  expansions,
}: Pick<Origin<T>, "states" | "expansions">): ReadonlyMap<string, string | undefined> {
  const files = new Map<string, string | undefined>();
  for (const path of expansions.files.keys()) files.set(path, undefined);
  for (const { ranked, content } of states) {
    const { supply } = ranked;
    const body = content?.body;
    if (body?.type === "located")
      for (const path of body.content.files ?? []) files.set(path, undefined);
    if (body?.type === "environment") {
      for (const { path } of body.content.files.values()) files.set(path, undefined);
    }
    if (supply.type !== "file") continue;
    const identity = content === undefined ? ABSENT : plainIdentity(content.identity);
    files.set(supply.source.path, identity);
  }
  return files;
}
