import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FINDING_EXAMPLES } from "../../../../tools/finding-examples.ts";
import { findingsPage, reportOf } from "../../../../tools/findings-page.ts";
import { CROSS_CHECKS } from "../../src/checks/cross-checks.ts";
import { FINDING_CODES } from "../../src/checks/finding-codes.ts";

const PAGE = join(import.meta.dirname, "../../../../docs/reference/findings.md");

test("VAL-4 the page of findings has for each code the report that its example gives", async () => {
  const page = readFileSync(PAGE, "utf8");

  expect(page, "write it anew with tools/write-findings-reference.ts").toBe(await findingsPage());
});

test("VAL-4 a help link leads to an entry of the page, and every entry has one", () => {
  const headings = [...readFileSync(PAGE, "utf8").matchAll(/^## ([a-z0-9_]+)$/gm)];

  expect(headings.map(([, code]) => code)).toEqual([...FINDING_CODES]);
  expect(FINDING_EXAMPLES.map(({ code }) => code)).toEqual([...FINDING_CODES].toSorted());
});

test("VAL-4 VAL-9 every cross-field check of the sources has an entry", () => {
  const missing = CROSS_CHECKS.map(({ code }) => code).filter((code) => !FINDING_CODES.has(code));

  expect(missing).toEqual([]);
});

test.each(FINDING_EXAMPLES)(
  "VAL-4 the example of $code gives it, with its help",
  async (example) => {
    const { errors, warnings } = await reportOf(example);

    const found = [...errors, ...warnings].find(({ code }) => code === example.code);
    expect(found?.help).toBe(`docs/reference/findings.md#${example.code}`);
  },
);
