import { describe, expect, test } from "vitest";
import {
  CORPUS,
  corpusText,
  exportText,
  importFile,
  importText,
  variablesFor,
  withVariables,
} from "../support/litellm-files.ts";

/** Literal keys of the examples, wherever they are keys. */
const EXAMPLE_KEYS = /^\s*(?:- )?(?:api_key|master_key)\s*:\s*["']?((?!os\.environ)[^\s"'#]+)/;

describe("the public configurations of LiteLLM", () => {
  test("are at least 51", () => {
    expect(CORPUS.filter((path) => !path.startsWith("own/")).length).toBeGreaterThanOrEqual(51);
  });

  test.each(CORPUS)(
    "GWI-1 GWI-2 %s: every leaf has one disposition, and the counts add up",
    async (path) => {
      const { report } = await importFile(path, { literals: "redact" });

      const ofInput = report.entries.filter(({ from }) => from !== undefined);
      expect(ofInput).toHaveLength(report.inputLeaves);
      expect(ofInput.map(({ disposition }) => disposition)).not.toContain("assumed");
      const { mapped, approximated, assumed, preserved, refused } = report.counts;
      expect(mapped + approximated + assumed + preserved + refused).toBe(report.entries.length);
    },
  );

  test.each(CORPUS)("GWI-3 %s: every literal key is found, and none is written", async (path) => {
    const keys = corpusText(path)
      .split("\n")
      .flatMap((line, index) => {
        const [, key] = EXAMPLE_KEYS.exec(line) ?? [];
        return key === undefined ? [] : [{ key, line: index + 1 }];
      });

    const refused = await importFile(path);
    const redacted = await importFile(path, { literals: "redact" });

    const lines = refused.report.entries.flatMap(({ disposition, position }) => {
      return disposition === "refused" && position?.kind === "file" ? [position.line] : [];
    });
    for (const { key, line } of keys) {
      expect(lines).toContain(line);
      expect(refused.text).toBeUndefined();
      expect(JSON.stringify(redacted.document ?? null)).not.toContain(`"${key}"`);
    }
  });

  test.each(CORPUS)(
    "GWI-4 GWI-6 %s: is the same twice, and the same again after an export",
    async (path) => {
      const first = await importFile(path, { literals: "redact" });
      const second = await importFile(path, { literals: "redact" });
      expect(second.text).toBe(first.text);
      if (first.document === undefined) return;

      const variables = variablesFor(first.document);
      const again = await importText(await exportText(first.document, variables), {
        literals: "redact",
      });

      expect(again.document).toEqual(withVariables(first.document, variables));
    },
  );

  test("most are accepted, and those that are not have no provider, or an include that is missing", async () => {
    const results = await Promise.all(
      CORPUS.map((path) => importFile(path, { literals: "redact" })),
    );

    const refusals = results
      .filter(({ document }) => document === undefined)
      .map(({ report }) => {
        return report.entries
          .filter(({ disposition }) => disposition === "refused")
          .map(({ note }) => note);
      });
    expect(refusals.length).toBeLessThan(8);
    for (const notes of refusals) {
      expect(notes.join()).toMatch(/At least one provider required|cannot be read/);
    }
  });
});
