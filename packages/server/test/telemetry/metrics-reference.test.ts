import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { openMetrics } from "./open-metrics.ts";

const PAGE = new URL("../../../../docs/reference/metrics.md", import.meta.url);

test("OBS-01 the reference has a row for each metric that is exported, and no other", async () => {
  const text = await openMetrics().metrics.text();

  const rows = rowsOf(await readFile(PAGE, "utf8"));

  expect(rows.length).toBeGreaterThan(0);
  expect(rows).toEqual(exportedBy(text));
});

test("OBS-01 each metric has a help text, and a name of ours unless it is everybody's", async () => {
  const text = await openMetrics().metrics.text();

  const helped = [...text.matchAll(/^# HELP (\S+) \S.*\.$/gm)].map(([, name]) => name);
  const exported = exportedBy(text).map(({ name }) => name);

  expect(helped).toEqual(exported);
  expect(exported.filter((name) => !/^(?:llmcfg|http|process)_/.test(name))).toEqual([]);
});

interface Row {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** `| name | type | labels | what |`, each but the last as code. */
function rowsOf(page: string): readonly Row[] {
  return [...page.matchAll(/^\| `(\w+)` +\| (\w+) +\| (.*?) +\| /gm)].map(
    ([, name = "", type = "", labels = ""]) => ({
      name,
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label),
    }),
  );
}

/** In their order; labels as the first sample has them, without those of buckets. */
function exportedBy(text: string): readonly Row[] {
  return [...text.matchAll(/^# TYPE (\S+) (\S+)\n\S+?(?:\{(.*)\})? \S+$/gm)].map(
    ([, name = "", type = "", labels = ""]) => ({
      name,
      type,
      labels: [...labels.matchAll(/(\w+)="/g)]
        .map(([, label = ""]) => label)
        .filter((label) => label !== "le"),
    }),
  );
}
