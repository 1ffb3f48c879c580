import type { SourceRead } from "@llmcfg/config";
import type { SourceReadContext } from "@llmcfg/config/sources";
import { locateBundle } from "./locate-bundle.ts";
import { locateDocument } from "./locate-document.ts";
import type { NamespaceReading } from "./namespace-reading.ts";
import type { SourceSelection } from "./options.ts";

export interface ContentOptions {
  readonly selection: SourceSelection;
  /** Of the server. */
  readonly addr: string;
  readonly parse: SourceReadContext["parse"];
}

/**
 * The selected part of a reading as the library takes it.
 *
 * @throws {ConfigError} `stopped` where the loader is closed meanwhile
 */
export async function toContent(
  reading: NamespaceReading,
  { selection, addr, parse }: ContentOptions,
): Promise<SourceRead> {
  const { env, service, revision, hash } = reading.expanded.bundle;
  const url = `${addr}/v1/configs/${env}/${service}`;
  const about = { identity: `${revision} ${hash}`, hash, revision: String(revision) };
  if (selection.key === undefined) {
    return { state: "ok", tree: locateBundle(reading, selection, url), ...about };
  }
  const located = await locateDocument(reading, { key: selection.key, url }, parse);
  return located.state === "ok" ? { ...located, ...about } : located;
}
