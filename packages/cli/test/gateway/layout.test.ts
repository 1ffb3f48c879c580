import { expect, test } from "vitest";
import { GatewayFolder, SOUND } from "./run-gateway.ts";

const LONG = "the platform team of the whole company, first and second line";
const FILES = {
  "old.yaml": SOUND,
  "new.yaml": SOUND.replace(
    "environment: production",
    `environment: production, owner: "${LONG}"`,
  ).replace("models: [{ id: gpt-4o }]", "models: [{ id: gpt-4o-mini }]"),
  "patch.yaml": "providers: { $merge: { openai: { weight: 3 } } }\n",
  "over.yaml": `metadata: { owner: "${LONG}" }\n`,
};

/** A terminal of that many columns, or a pipe. */
function screen(columns: number | undefined): {
  readonly columns: number | undefined;
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string>>;
} {
  const env = { OPENAI_API_KEY: "sk-0123456789abcdef", CI_KEY: "ci-0123456789", NO_COLOR: "1" };
  return { columns, isTerminal: columns !== undefined, env };
}

async function shown(argv: readonly string[], columns: number | undefined): Promise<string> {
  await using folder = await GatewayFolder.create(FILES);
  const { out, err } = await folder.run(argv, screen(columns));
  expect(err).toBe("");
  return out;
}

const longest = (text: string) => Math.max(...text.split("\n").map(({ length }) => length));

const EXPLAIN = ["explain", "metadata.owner", "old.yaml", "over.yaml"];
const PLAN = ["plan", "--from", "old.yaml", "--to", "new.yaml"];
const DIFF = ["diff", "old.yaml", "new.yaml"];

test("WHY-1 explain fits 80 columns: long values are cut in their middle", async () => {
  const text = await shown(EXPLAIN, 80);

  expect(longest(text)).toBeLessThanOrEqual(80);
  expect(
    text,
  ).toBe(`metadata.owner = "the platform team of the whole company, first and second line"
      string · hot · running
  ✓ file     "the platform team of the whole company, first and second line"
      over.yaml:1:20
  · default  null                                      schema
      lost: file:over.yaml outranks it

precedence: overrides > environment > file:over.yaml > file:old.yaml > default
`);
});

test("WHY-4 explain shows what lies below an object as a tree, in 80 columns", async () => {
  const text = await shown(["explain", "providers[openai]", "old.yaml", "patch.yaml"], 80);

  expect(longest(text)).toBeLessThanOrEqual(80);
  expect(text).toBe(`providers[openai]: 58 values        object · hot · running
  ✓ file  {"id":"openai","weight":3}  patch.yaml:1:32 ($merge)
  · file  6 values                    old.yaml:4:5
      it shows where no stronger layer gives a member

    id             "openai"                     patch.yaml:1:24      1 lost
    type           "openai"                     old.yaml:5:11
    auth
      type         "api_key"                    old.yaml:6:19
      key          "\${env:OPENAI_API_KEY}"      old.yaml:6:33
      header       "Authorization"              derived from type
      prefix       "Bearer "                    derived from header
    models[gpt-4o]
      id           "gpt-4o"                     old.yaml:7:20
      upstream_id  "gpt-4o"                     derived from id
    weight         3                            patch.yaml:1:42      2 lost
    name           "openai"                     derived from id
    api_version    null                         derived from type
    endpoint       "https://api.openai.com/v1"  derived from type
    and 46 more: as the schema says

precedence: overrides > environment > file:patch.yaml > file:old.yaml > default
`);
});

test("VAL-2 check fits 80 columns: what is wrong and what was skipped is wrapped, whole", async () => {
  const wrong = SOUND.replace("type: mistral\n", "type: mistrall\n");
  await using folder = await GatewayFolder.create({ "wrong.yaml": wrong });

  const narrow = await folder.run(["check", "wrong.yaml", "--no-secrets"], screen(80));
  const piped = await folder.run(["check", "wrong.yaml", "--no-secrets"], screen(undefined));

  expect(longest(narrow.out)).toBeLessThanOrEqual(80);
  expect(narrow.out).toContain(`   10 |     type: mistrall
      |           ^^^^^^^^
  expected one of openai, anthropic, azure_openai, aws_bedrock, google_vertex,
  google_ai_studio,`);
  const words = (text: string) => text.split(/\s+/).join(" ");
  expect(words(narrow.out)).toBe(words(piped.out));
});

test("WHY-1 explain uses the 200 columns of a wide terminal, and cuts nothing there", async () => {
  expect(
    await shown(EXPLAIN, 200),
  ).toBe(`metadata.owner = "the platform team of the whole company, first and second line"        string · hot · running
  ✓ file     "the platform team of the whole company, first and second line"  over.yaml:1:20
  · default  null                                      schema  lost: file:over.yaml outranks it

precedence: overrides > environment > file:over.yaml > file:old.yaml > default
`);
});

test("PLN-3 plan fits 80 columns: values that are too long are cut, sentences wrapped", async () => {
  const text = await shown(PLAN, 80);

  expect(longest(text)).toBeLessThanOrEqual(80);
  expect(text).toBe(`applies at once (hot)
  ~ metadata.owner
      null → "the platform team of the whole company, first and second line"
  + providers[openai].models[gpt-4o-mini]
      {"id":"gpt-4o-mini","upstream_id":"gp…eprecated_at":null,"sunset_at":null}
  - providers[openai].models[gpt-4o]
      {"id":"gpt-4o","upstream_id":"gpt-4o"…eprecated_at":null,"sunset_at":null}

impact
  ! model gpt-4o vanishes
    model gpt-4o-mini appears

plan: 1 change, 1 addition, 1 removal
`);
});

test("PLN-3 plan uses 200 columns", async () => {
  expect(await shown(PLAN, 200)).toBe(`applies at once (hot)
  ~ metadata.owner                         null → "the platform team of the whole company, first and second line"
  + providers[openai].models[gpt-4o-mini]
      {"id":"gpt-4o-mini","upstream_id":"gpt-4o-mini","aliases":[],"mode":"chat","enabled":true,"contex…:null},"timeouts":{},"default_params":{},"drop_params":[],"deprecated_at":null,"sunset_at":null}
  - providers[openai].models[gpt-4o]
      {"id":"gpt-4o","upstream_id":"gpt-4o","aliases":[],"mode":"chat","enabled":true,"context_window":…:null},"timeouts":{},"default_params":{},"drop_params":[],"deprecated_at":null,"sunset_at":null}

impact
  ! model gpt-4o vanishes
    model gpt-4o-mini appears

plan: 1 change, 1 addition, 1 removal
`);
});

test("DIF-1 diff fits 80 columns", async () => {
  const text = await shown(DIFF, 80);

  expect(longest(text)).toBeLessThanOrEqual(80);
  expect(text).toBe(`--- old.yaml
+++ new.yaml
~ metadata.owner
    null → "the platform team of the whole company, first and second line"
+ providers[openai].models[gpt-4o-mini]
    {"id":"gpt-4o-mini","upstream_id":"gpt…deprecated_at":null,"sunset_at":null}
- providers[openai].models[gpt-4o]
    {"id":"gpt-4o","upstream_id":"gpt-4o",…deprecated_at":null,"sunset_at":null}
3 differences: 1 added, 1 changed, 1 removed
`);
});

test("DIF-1 diff uses 200 columns", async () => {
  expect(await shown(DIFF, 200)).toBe(`--- old.yaml
+++ new.yaml
~ metadata.owner  null → "the platform team of the whole company, first and second line"
+ providers[openai].models[gpt-4o-mini]
    {"id":"gpt-4o-mini","upstream_id":"gpt-4o-mini","aliases":[],"mode":"chat","enabled":true,"context…":null},"timeouts":{},"default_params":{},"drop_params":[],"deprecated_at":null,"sunset_at":null}
- providers[openai].models[gpt-4o]
    {"id":"gpt-4o","upstream_id":"gpt-4o","aliases":[],"mode":"chat","enabled":true,"context_window":n…":null},"timeouts":{},"default_params":{},"drop_params":[],"deprecated_at":null,"sunset_at":null}
3 differences: 1 added, 1 changed, 1 removed
`);
});

test.each([
  ["explain", EXPLAIN],
  ["plan", PLAN],
  ["diff", DIFF],
])(
  "CLI-03 %s in a pipe cuts and wraps nothing: as at a terminal that is wide enough",
  async (_name, argv) => {
    const piped = await shown(argv, undefined);

    expect(piped).toBe(await shown(argv, 1_000));
    expect(piped).toContain(LONG);
    expect(piped).not.toContain("…");
  },
);
