/**
 * What a ConfigMap or Secret says: documents under keys, like the files of a directory.
 *
 * @module
 */

import { extname } from "node:path";
import { formatOf, isOtherFile } from "../../formats/parse-text.ts";
import type { RemoteOrigin } from "../../formats/text-position.ts";
import { Slices } from "../../load/slices.ts";
import type { Finding } from "../../validate/finding.ts";
import type { LayerBelow, ReadTrees, Reread, SourceFailure } from "../config-source.ts";
import { type LocatedObject, textOf } from "../located.ts";
import { emptyDocument, malformed, missing } from "../remote/remote-failure.ts";
import { RereadTexts } from "../reread-texts.ts";
import type { TextTools } from "../text-tools.ts";
import type { ClusterObject, ObjectKind } from "./cluster-object.ts";
import { taintInSteps } from "./taint-leaves.ts";

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
}

/** What the keys hold, the last key the strongest. */
export type ObjectContent =
  | (Required<ReadTrees> & {
      readonly state: "ok";
      readonly texts: ReadonlyMap<string, string>;
      /** Not of a Secret, whose texts are not kept. */
      readonly reread?: Reread;
    })
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

/**
 * The layers that the documents make. Every fault of every document is found. Other work goes on
 * meanwhile.
 *
 * @throws {ConfigError} `stopped` where the parser ends before
 */
export async function toContent(
  documents: readonly KeyedDocument[],
  about: ObjectAbout,
  tools: TextTools,
): Promise<ObjectContent> {
  const parsed: ParsedKey[] = [];
  for (const document of documents) parsed.push(await parseKey(document, about, tools));
  const findings = parsed.flatMap((one) => (one.state === "malformed" ? one.findings : []));
  if (findings.length > 0) return { state: "malformed", findings };
  const empty = parsed.find((one) => one.state === "empty");
  if (empty !== undefined) return emptyDocument(`the key ${empty.key}`);
  const keys = parsed.filter((one) => one.state === "ok").toReversed();
  const layers = keys.map(({ key, tree }) => ({ id: `${about.id}/${key}`, tree }));
  if (layers.length === 0) return missing("no key is named like a configuration file");
  if (about.kind === "Secret") return { state: "ok", ...toTrees(layers), texts: new Map() };
  const texts = textsOf(keys, about);
  return { state: "ok", ...toTrees(layers), texts, reread: rereadKeys(keys, about, tools) };
}

/** @param layers strongest first; there is one */
function toTrees([strongest, ...below]: readonly LayerBelow[]): Required<ReadTrees> {
  if (strongest === undefined) throw new TypeError("an object that was read has a layer");
  return { tree: strongest.tree, below };
}

type ParsedKey =
  | {
      readonly state: "ok";
      readonly key: string;
      readonly tree: LocatedObject;
      readonly text: string;
    }
  | { readonly state: "empty"; readonly key: string }
  | { readonly state: "malformed"; readonly findings: readonly Finding[] };

async function parseKey(
  { key, bytes }: KeyedDocument,
  about: ObjectAbout,
  { parser, limits }: TextTools,
): Promise<ParsedKey> {
  const origin = originOf(key, about);
  if (extname(key) === "" && isOtherFile(new TextDecoder().decode(bytes))) {
    return { state: "malformed", findings: [otherText(key, origin)] };
  }
  const mayRemember = about.kind !== "Secret";
  const parsed = await parser.parse(bytes, { format: formatOf(key), origin, limits, mayRemember });
  if (parsed.state === "empty") return { state: "empty", key };
  if (parsed.state === "malformed") return parsed;
  const { tree, text } = parsed;
  if (about.kind === "ConfigMap") return { state: "ok", key, tree, text };
  const tainted = await new Slices().run(taintInSteps(tree));
  return tainted.state === "ok" ? { ...tainted, key, text: "" } : tainted;
}

function originOf(
  key: string,
  { url, revision }: Pick<ObjectAbout, "url" | "revision">,
): RemoteOrigin {
  return { kind: "remote", url, key, revision };
}

type TextKey = ParsedKey & { readonly state: "ok" };

/** What findings quote from, by name of the text that their positions lead into. */
function textsOf(keys: readonly TextKey[], about: ObjectAbout): ReadonlyMap<string, string> {
  return new Map(keys.map(({ key, text }) => [textOf(originOf(key, about)), text] as const));
}

function rereadKeys(keys: readonly TextKey[], about: ObjectAbout, tools: TextTools): Reread {
  const known = keys.map(({ key }) => {
    return { id: `${about.id}/${key}`, format: formatOf(key), origin: originOf(key, about) };
  });
  return new RereadTexts(known, tools, toTrees);
}

function otherText(key: string, origin: RemoteOrigin): Finding {
  const message = `the key ${key} holds no configuration: it is binary, or has NAME=value lines`;
  return malformed({ ...origin, line: 1, column: 1 }, "not_a_config_file", message);
}
