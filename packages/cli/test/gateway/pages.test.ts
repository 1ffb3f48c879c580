import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { missingFrom } from "../../../../tests/support/command-blocks.ts";
import { GatewayFolder, KEYS } from "./run-gateway.ts";

const ROOT = join(import.meta.dirname, "../../../..");

/** What a page lets its reader begin with, from its first YAML block. */
type Begin = (yaml: string) => Readonly<Record<string, string>>;

/** The steps of a page with the variables that its text speaks of. */
const PAGES: readonly (readonly [
  page: string,
  steps: number,
  begin: Begin,
  env: Readonly<Record<string, string>>,
])[] = [
  [
    "docs/how-to/check-a-gateway.md",
    7,
    (yaml) => ({
      "gateway.yaml": yaml,
      "broken.yaml": yaml.replace("weight: 5", "wieght: 5"),
      "weight.yaml": yaml.replace("weight: 5", "weight: 6"),
      "new.yaml": yaml.replace("weight: 5", "weight: 6").replace("id: gpt-4o ", "id: gpt-4o-mini "),
    }),
    KEYS,
  ],
  ["docs/how-to/from-env-vars.md", 3, (yaml) => ({ "gateway.yaml": yaml }), KEYS],
  [
    "docs/how-to/from-litellm.md",
    3,
    (yaml) => ({ "config.yaml": yaml }),
    { ANTHROPIC_API_KEY: "sk-ant-0123456789" },
  ],
];

test.each(PAGES)(
  "GWI-9 VAL-2 %s shows what its %d commands print",
  async (page, steps, begin, env) => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const [, yaml = ""] = /^```yaml\n([^]*?)^```$/m.exec(text) ?? [];
    await using folder = await GatewayFolder.create(begin(yaml));
    const transcripts = [...text.matchAll(/^```console\n\$ (.+)\n([^]*?)^```$/gm)];

    for (const [, command = "", shown = ""] of transcripts) {
      const { out, err } = await runAsShown(folder, command, env);

      expect(missingFrom(err + out, shown.trimEnd().split("\n"))).toEqual([]);
    }
    expect(transcripts).toHaveLength(steps);
  },
);

/** At a terminal of 80 columns; with the variables before the command, or of its file. */
async function runAsShown(
  folder: GatewayFolder,
  command: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly out: string; readonly err: string }> {
  const [before = "", after = ""] = command.split(/llmcfg gateway /);
  const [, file] = /--env-file=(\S+)/.exec(before) ?? [];
  const given = parseEnv(file === undefined ? before.trim() : await folder.read(file));
  const argv = after.split(" ").map((word) => word.replaceAll("'", ""));
  return await folder.run(argv, {
    columns: 80,
    isTerminal: true,
    env: { ...env, ...(given as Record<string, string>), NO_COLOR: "1" },
  });
}
