import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GLOBAL_FLAGS } from "../src/command.ts";
import { COMMANDS } from "../src/commands.ts";
import { TOPICS } from "../src/help.ts";
import { referencePage } from "../src/reference.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/reference/cli.md"), "utf8");
const shown = COMMANDS.filter(({ isHidden }) => isHidden !== true);

test.each(shown.map((command) => [command.names[0]?.join(" ") ?? "", command] as const))(
  "docs/reference/cli.md has llmcfg %s with every flag and every short form",
  (name, { flags, names }) => {
    const section = sectionOf(`llmcfg ${name}`);

    for (const flag of Object.keys(flags)) expect(section).toMatch(new RegExp(`--${flag}\\b`));
    for (const other of names) expect(section).toContain(`llmcfg ${other.join(" ")}`);
  },
);

test("docs/reference/cli.md has every global flag and every help topic", () => {
  const section = sectionOf("Global flags");

  for (const flag of Object.keys(GLOBAL_FLAGS)) expect(section).toContain(`--${flag}`);
  for (const [topic, { text }] of TOPICS) expect(sectionOf(topic)).toContain(text);
});

test("docs/reference/cli.md is what npm run docs writes", () => {
  expect(page).toBe(referencePage(COMMANDS));
});

function sectionOf(title: string): string {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${title}\n`));
  if (section === undefined) throw new Error(`there is no section ${title}`);
  return section;
}
