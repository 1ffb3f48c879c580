import { inspect } from "node:util";
import { expect, test } from "vitest";
import { ConfigError, ConfigValidationError } from "../src/errors.ts";
import { failureText } from "../src/failure-text.ts";
import type { Finding } from "../src/validate/finding.ts";
import { createReport } from "../src/validate/report.ts";

const FINDING: Finding = {
  kind: "schema_violation",
  severity: "error",
  code: "unknown_key",
  path: "server.prot",
  pointer: "/server/prot",
  message: "unknown key",
  hint: 'did you mean "port"?',
  source: "file:gateway.yaml",
  position: { kind: "file", file: "gateway.yaml", line: 2, column: 3 },
  snippet: "   1 | server:\n   2 |   prot: ⋯\n     |   ^^^^",
};

function variable(name: string): NonNullable<Finding["related"]>[number] {
  return { path: "a", position: { kind: "env", variable: name } };
}

test("VAL-2 in a pipe a finding has its message on one line, behind the mark", () => {
  expect(createReport([FINDING]).format()).toBe(`error unknown_key  gateway.yaml:2:3  server.prot
    1 | server:
    2 |   prot: ⋯
      |   ^^^^ unknown key; did you mean "port"?`);
});

test("VAL-2 SEC-3 what could move a cursor or turn the text is shown as one character, and the mark stays", () => {
  const finding: Finding = {
    ...FINDING,
    path: "a\u001b[31m",
    message: "unknown \u202ekey",
    hint: "\u0007",
    position: { kind: "file", file: "\u001b]0;x.yaml", line: 2, column: 3 },
    snippet: "   1 | a: \u009b1\n   2 |   \u001b[2Jb: \t1\n     |   ^^^^",
  };

  expect(createReport([finding]).format()).toBe(`error unknown_key  �]0;x.yaml:2:3  a�[31m
    1 | a: �1
    2 |   �[2Jb: \t1
      |   ^^^^ unknown �key; �`);
});

test("VAL-2 where it does not fit the terminal the message stands below, wrapped and whole", () => {
  expect(
    createReport([FINDING]).format({ width: 30 }),
  ).toBe(`error unknown_key  gateway.yaml:2:3  server.prot
    1 | server:
    2 |   prot: ⋯
      |   ^^^^
  unknown key; did you mean
  "port"?`);
});

test("VAL-2 other places of a finding are named, but for its own and those of defaults", () => {
  const at = (line: number) => ({
    path: "providers[a]",
    position: { kind: "file", file: "a.yaml", line, column: 9 } as const,
  });
  const finding: Finding = { ...FINDING, position: at(9).position, hint: "rename it" };
  const unwritten = { path: "server", position: { kind: "default" } } as const;
  const shownWith = (related: NonNullable<Finding["related"]>) =>
    createReport([{ ...finding, related }])
      .format({ snippets: false })
      .split("\n")[1];

  expect(shownWith([at(4), at(4), at(9), unwritten])).toBe(
    "  unknown key (see a.yaml:4:9); rename it",
  );
  expect(shownWith([1, 2, 3, 4].map(at))).toBe(
    "  unknown key (see a.yaml:1:9, a.yaml:2:9, a.yaml:3:9, …); rename it",
  );
  expect(shownWith([unwritten])).toBe("  unknown key; rename it");
  const named = { ...FINDING, message: "A and B differ", related: [variable("A")] };
  expect(createReport([named]).format({ snippets: false })).not.toContain("see");
});

test("VAL-2 an error that is printed tells each finding once; a report tells all by itself", () => {
  const error = new ConfigValidationError(createReport([FINDING]));

  const shown = inspect(error);

  expect(shown.split("unknown_key")).toHaveLength(2);
  expect(shown).toContain("Report { errors: 1, warnings: 0, skipped: 0 }");
  expect(inspect(error.report)).toContain("gateway.yaml:2:3  server.prot");
});

test("an error without a hint has no member of that name", () => {
  expect("hint" in new ConfigError("a_code", "a message")).toBe(false);
  expect(new ConfigError("a_code", "a message", { hint: "do this" }).hint).toBe("do this");
});

test.each([
  ["ENOENT", "/etc/a.yaml", undefined, "/etc/a.yaml does not exist"],
  ["EACCES", "/etc/a.yaml", "file:/etc/a.yaml", "it may not be read by this process"],
  ["EISDIR", "/etc/a.yaml", "directory:/etc", "/etc/a.yaml is a directory"],
  ["EIO", "/etc/a.yaml", undefined, "as the system says"],
  ["ENOENT", undefined, undefined, "as the system says"],
])("LOAD-3 %s of %s is told of %s in words, with the path", (code, path, source, text) => {
  const error = Object.assign(new Error("as the system says"), { code, ...(path && { path }) });

  expect(failureText(error, source)).toBe(text);
});

test("LOAD-3 a relative path is told whole: it shows which folder was looked in", () => {
  const error = Object.assign(new Error("no"), { code: "ENOENT", path: "a.yaml" });

  expect(failureText(error, "file:a.yaml")).toBe(`${process.cwd()}/a.yaml does not exist`);
});
