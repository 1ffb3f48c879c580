import type { SourceRead } from "@llmcfg/config";
import { locateBundle } from "./locate-bundle.ts";
import { locateDocument } from "./locate-document.ts";
import type { NamespaceReading } from "./namespace-reading.ts";
import type { SourceSelection } from "./options.ts";

/** The selected part of a reading as the library takes it. */
export function toContent(
  reading: NamespaceReading,
  selection: SourceSelection,
  addr: string,
): SourceRead {
  const { env, service, revision, hash } = reading.expanded.bundle;
  const url = `${addr}/v1/configs/${env}/${service}`;
  const about = { identity: `${revision} ${hash}`, hash, revision: String(revision) };
  if (selection.key === undefined) {
    return { state: "ok", tree: locateBundle(reading, selection, url), ...about };
  }
  const located = locateDocument(reading, selection.key, url);
  if (located.state !== "ok") return located;
  const name = `${url}#${selection.key}`;
  const texts = located.text === undefined ? {} : { texts: new Map([[name, located.text]]) };
  return { state: "ok", tree: located.tree, ...about, ...texts };
}
