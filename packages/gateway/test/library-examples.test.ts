import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type PublicName, publicNames } from "../../../tools/public-names.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PAGE = readFileSync(join(ROOT, "docs/reference/library-examples.md"), "utf8");
const ENTRIES = [
  ...["index", "sources/index", "secrets/index", "audit/index", "testing/index"].map(
    (name) => `packages/config/src/${name}.ts`,
  ),
  ...["index", "import/index", "export/index", "catalogue"].map(
    (name) => `packages/gateway/src/${name}.ts`,
  ),
];

const names = ENTRIES.flatMap(publicNames);

test("API-3 every name that the libraries export has a docstring", () => {
  expect(names.length).toBeGreaterThan(300);
  expect(names.filter(({ docs }) => docs === "").map(describeName)).toEqual([]);
});

test("API-3 everything that can be called has an example: on the page, in a how-to or at its declaration", () => {
  const texts = [...blocksIn(PAGE).map(({ program }) => program), ...otherExamples()].join("\n");

  const missing = names
    .filter(({ isValue }) => isValue)
    .filter(({ name }) => !new RegExp(`\\b${name}\\b`).test(texts));
  expect(missing.map(describeName)).toEqual([]);
});

describe("docs/reference/library-examples.md", () => {
  test.each(blocksIn(PAGE))("API-3 the example of “$title” prints what the page says", (block) => {
    const args = ["--conditions=@llmcfg/source", "--input-type=module-typescript", "-e"];

    const run = spawnSync(process.execPath, [...args, block.program], {
      cwd: join(ROOT, "packages/gateway"),
      encoding: "utf8",
      env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" },
    });

    expect([run.status, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toBe(block.prints);
  });
});

interface Block {
  readonly title: string;
  readonly program: string;
  readonly prints: string;
}

/** The programs of a page, each with the text that stands behind it. */
function blocksIn(page: string): readonly Block[] {
  const found = page.matchAll(/^## (.+)\n\n```ts\n([^]*?)```\n\n```text\n([^]*?)```$/gm);
  return [...found].map(([, title = "", program = "", prints = ""]) => ({
    title,
    program,
    prints,
  }));
}

/** What declarations and the other pages show. */
function otherExamples(): readonly string[] {
  const pages = [...globSync("docs/how-to/**/*.md", { cwd: ROOT }), "README.md"];
  const readmes = ["packages/config/README.md", "packages/gateway/README.md"];
  const blocks = [...pages, ...readmes].flatMap((page) => {
    const text = readFileSync(join(ROOT, page), "utf8");
    return [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, program = ""]) => program);
  });
  return [...blocks, ...names.flatMap(({ docs }) => /@example[^]*/.exec(docs)?.[0] ?? [])];
}

function describeName({ name, file }: PublicName): string {
  return `${name} of ${file}`;
}
