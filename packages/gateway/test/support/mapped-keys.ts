import type { LossEntry } from "@llmcfg/gateway/import";
import { importFile } from "./litellm-files.ts";

/** A row of the documentation for each key that is mapped, from a file that has all of them. */
export async function mappedKeys(): Promise<readonly string[]> {
  const { report } = await importFile("own/everything.yaml");
  const mapped = report.entries.filter(
    ({ disposition }) => disposition === "mapped" || disposition === "approximated",
  );
  const byKey = Map.groupBy(mapped, ({ from = "" }) => toKey(from));
  return [...byKey].map(([key, entries]) => toRow(key, entries)).toSorted();
}

function toRow(key: string, entries: readonly LossEntry[]): string {
  const places = new Set(
    entries.flatMap(({ to }) => (to === undefined ? [] : [`\`${toPlace(to)}\``])),
  );
  const isNear = entries.some(({ disposition }) => disposition === "approximated");
  return `| \`${key}\` | ${[...places].join(", ") || "–"} | ${isNear ? "near" : ""} |`;
}

/** Without places in lists, and with a star for names that anyone may choose. */
function toKey(from: string): string {
  return from
    .replace(/^model_list\[\d+\]\./, "")
    .replaceAll(/\[\d+\]/g, "")
    .replace(
      /(headers|fallbacks|model_group_alias|provider_budget_config|environment_variables)\.("[^"]*"|[^.]+)/,
      "$1.*",
    );
}

function toPlace(to: string): string {
  return to
    .replace(/^providers\[[^\]]*\]\.models\[[^\]]*\]/, "models[]")
    .replace(/^providers\[[^\]]*\]/, "providers[]")
    .replace(/\.rules\[.*\]$/, ".rules")
    .replace(/^(.*\.(?:headers|tags))\..*$/, "$1");
}
