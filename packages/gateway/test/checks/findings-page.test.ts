import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AUDIT_CODES, ERROR_CODES } from "../../../../tools/findings/error-codes.ts";
import { FINDING_EXAMPLES } from "../../../../tools/findings/finding-examples.ts";
import { findingsPage } from "../../../../tools/findings/findings-page.ts";
import { reportOf } from "../../../../tools/findings/run-example.ts";
import { writtenCodes } from "../../../../tools/findings/written-codes.ts";
import { FINDING_CODES } from "../../src/checks/finding-codes.ts";

const PAGE = join(import.meta.dirname, "../../../../docs/reference/findings.md");

/** Of zod's own issues, which `issue-faults.ts` turns into codes of ours. */
const MARKS = ["custom", "expected_text"];

test("VAL-4 the page of findings has for each code the report that its example gives", async () => {
  const page = readFileSync(PAGE, "utf8");

  expect(page, "write it anew with tools/write-findings-reference.ts").toBe(await findingsPage());
});

test("VAL-4 a help link leads to an entry of the page, and every entry has one", () => {
  const headings = [...readFileSync(PAGE, "utf8").matchAll(/^## ([a-z0-9_]+)$/gm)];

  expect(headings.map(([, code]) => code)).toEqual([...FINDING_CODES]);
  expect(FINDING_EXAMPLES.map(({ code }) => code)).toEqual([...FINDING_CODES].toSorted());
});

test("VAL-4 VAL-9 every code that stands in the sources is explained, and every code that is explained stands there", () => {
  const written = [...writtenCodes().keys()].flatMap(expanded).toSorted();

  const explained = [
    ...FINDING_CODES,
    ...Object.keys({ ...ERROR_CODES, ...AUDIT_CODES }),
    ...MARKS,
  ];
  expect(written).toEqual(explained.toSorted());
});

test.each(FINDING_EXAMPLES)(
  "VAL-4 the example of $code gives it, with its help",
  async (example) => {
    const { errors, warnings } = await reportOf(example);

    const found = [...errors, ...warnings].find(({ code }) => code === example.code);
    expect(found?.help).toBe(`docs/reference/findings.md#${example.code}`);
  },
);

/** `source_*` is written for each state that a source can fail in. */
function expanded(code: string): readonly string[] {
  const states = ["empty", "malformed", "missing", "unreachable", "unreadable", "unstable"];
  return code === "source_*" ? states.map((state) => `source_${state}`) : [code];
}
