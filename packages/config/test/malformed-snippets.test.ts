import { ConfigLoadError, ConfigLoader, ConfigValidator, createManager } from "@llmcfg/config";
import { expect, test } from "vitest";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";

test.each([
  [
    "yaml",
    "a quotation mark that is missing",
    'providers:\n  - id: a\n    key: "sk-canary\n    name: x\n',
    ["   4 |     name: ⋯", "   5 | ", "     | ^"],
  ],
  [
    "yaml",
    "a colon too much",
    "server:\n  host: sk-canary: sk-canary\n",
    ["   1 | server:", "   2 |   host: ⋯", "     |         ^"],
  ],
  [
    "yaml",
    "a tab that indents",
    "server:\n\thost: sk-canary\n  \t: x\n",
    ["   1 | server:", "   2 | \thost: ⋯", "     | ^"],
  ],
  [
    "toml",
    "a value that is none, behind a tab",
    "[server]\n\thost = sk-canary\n",
    ["   1 | [server]", "   2 | \thost = ⋯", "     | \t       ^"],
  ],
  [
    "yaml",
    "a key that is repeated",
    "providers:\n  - id: a\n    key: sk-canary-1\n    key: sk-canary-2\n",
    ["   3 |     key: ⋯", "   4 |     key: ⋯", "     |     ^"],
  ],
  [
    "json",
    "a comma too much",
    '{\n  "server": { "host": "sk-canary" },\n}\n',
    ['   2 |   "server": ⋯', "   3 | }", "     | ^"],
  ],
  [
    "toml",
    "a value that is none",
    'version = "1"\n[server]\nhost = sk-canary\n',
    ["   2 | [server]", "   3 | host = ⋯", "     |        ^"],
  ],
  [
    "yaml",
    "a line of a secret that looks like a key",
    "providers:\n  - id: a\n    key: |\n      sk-canary: one\n   name: x\n",
    ["   4 |       ⋯", "   5 |    name: ⋯", "     | ^"],
  ],
])(
  "VAL-4 in %s the line of what cannot be parsed is shown without any value: %s",
  async (format, _what, text, lines) => {
    await using folder = await Folder.create();
    const file = await folder.write(`gateway.${format}`, text);

    const snippet = await snippetOf(new ConfigLoader(gatewaySchema).addFile(file));

    expect(snippet.split("\n")).toEqual(lines);
    expect(snippet).not.toContain("canary");
  },
);

test("VAL-4 LOAD-14 what is wrong with an include is shown where it stands, and what is wrong in it there", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "server: {}\n$include: [none.yaml]\n");
  const other = await folder.write("other.yaml", "$include: [bad.yaml]\n");
  await folder.write("bad.yaml", "server: [\n");

  const include = await snippetOf(new ConfigLoader(gatewaySchema).addFile(file));
  const bad = await snippetOf(new ConfigLoader(gatewaySchema).addFile(other));

  expect(include.split("\n").slice(0, 2)).toEqual(["   1 | server: ⋯", "   2 | $include: ⋯"]);
  expect(bad.split("\n")[0]).toBe("   1 | server: ⋯");
});

test("VAL-4 where nothing may be shown of a line there is no snippet", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "sk-canary: [\n");

  expect(await snippetOf(new ConfigLoader(gatewaySchema).addFile(file))).toBe("");
});

test("VAL-4 LOAD-17 a reload that cannot be parsed shows its line too", async () => {
  await using folder = await Folder.create();
  const file = await folder.write("gateway.yaml", "server: { port: 1 }\n");
  const loader = new ConfigLoader(gatewaySchema).addFile(file);
  const validator = new ConfigValidator(gatewaySchema);
  await using manager = await createManager({ loader, validator, watch: false });
  await folder.write("gateway.yaml", "server: { port: 1\nversion: x\n");

  const { errors } = await manager.reload();

  expect(errors[0]?.snippet).toContain("server: ⋯");
});

async function snippetOf(loader: ConfigLoader<unknown>): Promise<string> {
  const error = await loader.load().catch((reason: unknown) => reason);
  if (!(error instanceof ConfigLoadError)) throw new Error("it was loaded");
  return error.findings[0]?.snippet ?? "";
}
