/**
 * What a ConfigMap or Secret says: documents under keys, like the files of a directory.
 *
 * @module
 */

import { extname } from "node:path";
import type { Limits } from "../../formats/limits.ts";
import { formatOf, isOtherFile, parseText } from "../../formats/parse-text.ts";
import type { Place } from "../../formats/tree-builder.ts";
import type { Finding } from "../../validate/finding.ts";
import type { LayerBelow, SourceFailure } from "../config-source.ts";
import { type LocatedObject, textOf } from "../located.ts";
import { emptyDocument, malformed, missing } from "../remote/remote-failure.ts";
import type { ClusterObject, ObjectKind } from "./cluster-object.ts";
import { taintLeaves } from "./taint-leaves.ts";

/** One key of an object that is part of the configuration. */
export interface KeyedDocument {
  readonly key: string;
  readonly bytes: Uint8Array;
}

export interface ObjectAbout {
  /** Of the source; layers below it are named after it. */
  readonly id: string;
  readonly kind: ObjectKind;
  readonly url: string;
  readonly revision: string;
  readonly limits: Partial<Limits> | undefined;
}

/** What the keys hold, the last key the strongest. */
export type ObjectContent =
  | {
      readonly state: "ok";
      readonly tree: LocatedObject;
      readonly below: readonly LayerBelow[];
      readonly texts: ReadonlyMap<string, string>;
    }
  | SourceFailure;

/** As in a directory of files: what has another extension is something else (LOAD-15). */
const DOCUMENT = /^[^.].*\.(yaml|yml|toml|json)$/i;

/**
 * The keys that are documents, in byte order, later ones stronger: the one that is named, or all
 * that look like configuration files. None where the named one is not there.
 */
export function documentsIn(
  { entries }: ClusterObject,
  key: string | undefined,
): readonly KeyedDocument[] {
  if (key !== undefined) {
    const bytes = entries.get(key);
    return bytes === undefined ? [] : [{ key, bytes }];
  }
  const named = [...entries].filter(([name]) => DOCUMENT.test(name));
  const inOrder = named.toSorted(([a], [b]) => (a < b ? -1 : 1)); // keys are ASCII
  return inOrder.map(([name, bytes]) => ({ key: name, bytes }));
}

/** The layers that the documents make. Every fault of every document is found. */
export function toContent(documents: readonly KeyedDocument[], about: ObjectAbout): ObjectContent {
  const parsed = documents.map((document) => parseDocument(document, about));
  const findings = parsed.flatMap((one) => (one.state === "malformed" ? one.findings : []));
  if (findings.length > 0) return { state: "malformed", findings };
  const empty = parsed.find((one) => one.state === "empty");
  if (empty !== undefined) return emptyDocument(`the key ${empty.key}`);
  const layers = parsed.filter((one) => one.state === "ok").toReversed();
  const [strongest, ...weaker] = layers;
  if (strongest === undefined) return missing("no key is named like a configuration file");
  const below = weaker.map(({ key, tree }) => ({ id: `${about.id}/${key}`, tree }));
  return { state: "ok", tree: strongest.tree, below, texts: textsOf(layers, about) };
}

type ParsedDocument =
  | {
      readonly state: "ok";
      readonly key: string;
      readonly tree: LocatedObject;
      readonly text: string;
    }
  | { readonly state: "empty"; readonly key: string }
  | { readonly state: "malformed"; readonly findings: readonly Finding[] };

function parseDocument({ key, bytes }: KeyedDocument, about: ObjectAbout): ParsedDocument {
  const { kind, url, revision, limits } = about;
  const place: Place = (line, column) => ({ kind: "remote", url, key, revision, line, column });
  if (extname(key) === "" && isOtherFile(new TextDecoder().decode(bytes))) {
    return { state: "malformed", findings: [otherText(key, place)] };
  }
  const parsed = parseText(bytes, { format: formatOf(key), place, limits });
  if (parsed.state === "empty") return { state: "empty", key };
  if (parsed.state === "malformed") return parsed;
  const { tree, text } = parsed;
  if (kind === "ConfigMap") return { state: "ok", key, tree, text };
  const tainted = taintLeaves(tree);
  return tainted.state === "ok" ? { ...tainted, key, text } : tainted;
}

/** What findings quote from, by name of the text that their positions lead into: none of a Secret. */
function textsOf(
  layers: readonly (ParsedDocument & { readonly state: "ok" })[],
  { kind, url }: ObjectAbout,
): ReadonlyMap<string, string> {
  if (kind === "Secret") return new Map();
  return new Map(
    layers.map(({ key, text }) => [textOf({ kind: "remote", url, key }), text] as const),
  );
}

function otherText(key: string, place: Place): Finding {
  const message = `the key ${key} holds no configuration: it is binary, or has NAME=value lines`;
  return malformed(place(1, 1), "not_a_config_file", message);
}
