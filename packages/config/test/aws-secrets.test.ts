import { type AwsSecretsClient, awsSecrets } from "@llmcfg/config/secrets";
import { expect, test } from "vitest";

const UUID = "1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d";
const LONG = "released-by-the-pipeline-on-2026-11-26";

test.each([
  ["no version", undefined, [{}]],
  ["a stage of the service", "AWSPREVIOUS", [{ VersionStage: "AWSPREVIOUS" }]],
  ["31 characters, too few for an id", "s".repeat(31), [{ VersionStage: "s".repeat(31) }]],
  ["65 characters, too many for an id", "s".repeat(65), [{ VersionStage: "s".repeat(65) }]],
  ["a UUID", UUID, [{ VersionId: UUID }]],
  ["what may be either", LONG, [{ VersionId: LONG }, { VersionStage: LONG }]],
])("SM-4 a version is asked for as what it can be: %s", async (_what, version, queries) => {
  const client = new FakeSecrets(() => undefined);
  await using secrets = awsSecrets({ client });

  const reading = secrets.getSecret("llm/openai", version === undefined ? {} : { version });

  await expect(reading).rejects.toMatchObject({
    code: "secret_not_found",
    message: "Secret string not found: llm/openai",
  });
  expect(client.asked).toEqual(queries.map((query) => ({ SecretId: "llm/openai", ...query })));
});

test("SM-4 the id that is there is not asked for again as a stage", async () => {
  const client = new FakeSecrets(({ VersionId }) => (VersionId === LONG ? "by id" : "by stage"));
  await using secrets = awsSecrets({ client });

  using material = await secrets.getSecret("llm/openai", { version: LONG });

  expect(Buffer.from(material.bytes).toString()).toBe("by id");
  expect(client.asked).toHaveLength(1);
});

test("SM-4 a refusal is no reason to ask for a stage of that name", async () => {
  const client = new FakeSecrets(() => {
    throw Object.assign(named("AccessDeniedException"), { $metadata: { httpStatusCode: 400 } });
  });
  await using secrets = awsSecrets({ client });

  const reading = secrets.getSecret("llm/openai", { version: LONG });

  await expect(reading).rejects.toMatchObject({ code: "secret_denied" });
  expect(client.asked).toHaveLength(1);
});

type Query = Parameters<AwsSecretsClient["getSecretValue"]>[0];

/** Secrets Manager as far as `textOf` goes; what it does not know is not found. */
class FakeSecrets implements AwsSecretsClient {
  readonly asked: Query[] = [];
  readonly #textOf: (query: Query) => string | undefined;

  constructor(textOf: (query: Query) => string | undefined) {
    this.#textOf = textOf;
  }

  async getSecretValue(query: Query): Promise<{ readonly SecretString: string }> {
    this.asked.push(query);
    const text = this.#textOf(query);
    if (text === undefined) throw named("ResourceNotFoundException");
    return { SecretString: text };
  }

  destroy(): void {}
}

function named(name: string): Error {
  return Object.assign(new Error("as the SDK says it"), { name });
}
