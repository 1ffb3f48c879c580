import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import {
  ANSWERS,
  type AnsweringCommand,
  answerSchema,
} from "../../src/commands/gateway/answer-schemas.ts";
import { GatewayFolder, SOUND } from "./run-gateway.ts";

const CHANGED = SOUND.replace("weight: 5", "weight: 6")
  .replace("models: [{ id: gpt-4o }]", "models: [{ id: gpt-4o-mini }]")
  .replace('version: "1"', 'version: "1"\nserver: { port: 9090 }');

const FILES = {
  "old.yaml": SOUND,
  "new.yaml": CHANGED,
  "moved.yaml": SOUND.replace(/ {2}- id: openai[^]*(?= {2}- id: mistral)/, "").replace(
    "security:",
    `${/ {2}- id: openai[^]*(?= {2}- id: mistral)/.exec(SOUND)?.[0] ?? ""}security:`,
  ),
  "over.yaml": "server: { port: 9090 }\nproviders: { $merge: { openai: { weight: 3 } } }\n",
  "wrong.yaml": SOUND.replace("weight: 5", "wieght: 5").replace("id: mistral\n", "id: openai\n"),
  "literal.yaml": SOUND.replace("${env:CI_KEY}", "ci-0123456789"),
  "typed.yaml": SOUND.replace("weight: 5", "weight: many"),
};

test.each<readonly [command: AnsweringCommand, argv: readonly string[]]>([
  ["check", ["old.yaml"]],
  ["check", ["literal.yaml", "--no-secrets", "--strict"]],
  ["check", ["wrong.yaml"]],
  ["check", ["typed.yaml"]],
  ["check", ["old.yaml", "--min-providers", "3"]],
  ["plan", ["--from", "old.yaml", "--to", "new.yaml"]],
  ["plan", ["--from", "old.yaml", "--to", "moved.yaml"]],
  ["plan", ["--from", "old.yaml", "--to", "wrong.yaml"]],
  ["plan", ["--from", "old.yaml", "--to", "old.yaml"]],
  ["explain", ["providers[openai].weight", "old.yaml", "over.yaml"]],
  ["explain", ["providers[openai].auth.key", "old.yaml"]],
  ["explain", ["providers[openai]", "old.yaml", "over.yaml"]],
  ["explain", ["server.prot", "old.yaml"]],
  ["diff", ["old.yaml", "new.yaml"]],
  ["diff", ["old.yaml", "moved.yaml"]],
  ["diff", ["old.yaml", "literal.yaml"]],
])("PLN-3 %s %j -o json is as its schema says, and has no member beside", async (command, argv) => {
  await using folder = await GatewayFolder.create(FILES);
  const validate = new Ajv2020({ strict: true, allErrors: true }).compile(
    answerSchema(command, "closed"),
  );

  const { out } = await folder.run([command, ...argv, "-o", "json"]);

  validate(JSON.parse(out));
  expect(validate.errors).toBeNull();
});

test("PLN-3 a plan without its changes, or with one of another class, is not as the schema says", async () => {
  await using folder = await GatewayFolder.create(FILES);
  const validate = new Ajv2020({ strict: true }).compile(answerSchema("plan"));
  const { out } = await folder.run([
    "plan",
    "--from",
    "old.yaml",
    "--to",
    "new.yaml",
    "-o",
    "json",
  ]);
  const { changes, ...rest } = JSON.parse(out) as { readonly changes: object }; // as documented

  expect(validate({ ...rest, changes })).toBe(true);
  expect(validate({ ...rest, changes, further: 1 })).toBe(true);
  expect(validate(rest)).toBe(false);
  expect(validate({ ...rest, changes: { ...changes, hot: [{ path: 1 }] } })).toBe(false);
});

test.each(Object.keys(ANSWERS) as AnsweringCommand[])(
  "PLN-3 the published schema of %s is that of the sources",
  (command) => {
    const file = join(import.meta.dirname, `../../../../docs/schema/gateway-${command}.json`);

    const published: unknown = JSON.parse(readFileSync(file, "utf8"));

    expect(published, "write it anew with tools/write-answer-schemas.ts").toEqual(
      answerSchema(command),
    );
  },
);
