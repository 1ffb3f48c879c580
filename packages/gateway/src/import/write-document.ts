import type { ConfigPath } from "@llmcfg/config";
import { isJsonArray, isJsonObject, type Json } from "@llmcfg/core";
import { stringify as stringifyToml } from "smol-toml";
import { Document, isMap, isSeq, type Node, type YAMLSeq } from "yaml";
import { providerPath, rulePath } from "./document-paths.ts";
import { formatCounts, type LossReport } from "./loss-report.ts";

export interface DocumentText {
  readonly format: "yaml" | "toml" | "json";
  readonly report: LossReport;
  readonly importer: string;
  readonly origins: ReadonlyMap<ConfigPath, readonly string[]>;
}

/**
 * The text of an imported document. Equal documents give equal bytes.
 *
 * It begins with a comment that says where it comes from and what was lost, and every provider and
 * rule has one with its place in the source; JSON has no comments.
 */
export function writeDocument(document: Json, about: DocumentText): string {
  switch (about.format) {
    case "json":
      return `${JSON.stringify(document, undefined, 2)}\n`;
    case "yaml":
      return writeYaml(document, about);
    case "toml":
      return writeToml(document, about);
  }
}

function header({ importer, report }: DocumentText): string {
  return `written by the llmcfg ${importer}; ${formatCounts(report.counts, report.inputLeaves)}`;
}

function writeYaml(value: Json, about: DocumentText): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  document.commentBefore = ` ${header(about)}`;
  for (const { path, toPath } of COMMENTED) {
    const list = document.getIn(path);
    if (isSeq(list)) commentItems(list, (id) => about.origins.get(toPath(id)));
  }
  return document.toString({ lineWidth: 0 });
}

const COMMENTED = [
  { path: ["providers"], toPath: (id: string) => providerPath(id) },
  { path: ["routing", "policy", "rules"], toPath: rulePath },
];

function commentItems(list: YAMLSeq, find: (id: string) => readonly string[] | undefined): void {
  for (const item of list.items) {
    if (!isMap(item)) continue;
    const id = item.get("id");
    const origins = typeof id === "string" ? find(id) : undefined;
    const node: Node = item;
    if (origins !== undefined) node.commentBefore = ` ${origins.map(oneLine).join(", ")}`;
  }
}

/** TOML has its tables in the order of the document, each list item under a head of its own. */
function writeToml(value: Json, about: DocumentText): string {
  const text = stringifyToml(value);
  const comments = [
    ["[[providers]]", commentsOf(value, COMMENTED[0], about)],
    ["[[routing.policy.rules]]", commentsOf(value, COMMENTED[1], about)],
  ] as const;
  const lines = text.split("\n");
  for (const [head, list] of comments) {
    let count = 0;
    for (const [at, line] of lines.entries()) {
      if (line !== head) continue;
      lines[at] = `${list[count] ?? ""}${line}`;
      count += 1;
    }
  }
  return `# ${header(about)}\n\n${lines.join("\n").trimEnd()}\n`;
}

function commentsOf(
  value: Json,
  commented: (typeof COMMENTED)[number] | undefined,
  about: DocumentText,
): readonly string[] {
  const list = commented?.path.reduce<Json | undefined>(
    (at, name) => (isJsonObject(at) ? at[name] : undefined),
    value,
  );
  if (!isJsonArray(list)) return [];
  return list.map((item) => {
    const id = isJsonObject(item) && typeof item["id"] === "string" ? item["id"] : "";
    const origins = about.origins.get(commented?.toPath(id) ?? "");
    return origins === undefined ? "" : `# ${origins.map(oneLine).join(", ")}\n`;
  });
}

/** A name may hold anything, also what would end the comment. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\u2028\u2029]+/g, " ");
}
