import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publicNames } from "../../tools/public-names.ts";
import { workFolder } from "../support/endpoints.ts";
import { type MiniStack, openMiniStack } from "../support/services/ministack.ts";

/** Examples at declarations that need a service: they run as they stand. */
const CONFIG = "packages/config";

let server: MiniStack | undefined;

beforeAll(async () => {
  server = await openMiniStack();
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

test("API-3 SM-4 the example of awsSecrets reads a secret", async () => {
  const client = new SecretsManagerClient(settings());
  const SecretString = '{"api_key":"sk-canary-12"}';
  await client.send(new CreateSecretCommand({ Name: "llm/openai", SecretString }));

  const stdout = await runExample("secrets", "awsSecrets");

  expect(stdout).toBe("aws_secrets_manager: 12 bytes\n");
});

test("API-3 AUD-9 the example of s3AuditSink opens its bucket", async () => {
  const client = new S3Client({ ...settings(), forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: "llm-audit" }));

  const stdout = await runExample("audit", "s3AuditSink");

  expect(stdout).toBe("s3\n");
});

function settings() {
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return { region: "eu-central-1", endpoint: stack().url, credentials };
}

function stack(): MiniStack {
  if (server === undefined) throw new Error("run tools/services/install.sh aws");
  return server;
}

async function runExample(entry: string, name: string): Promise<string> {
  const names = publicNames(`${CONFIG}/src/${entry}/index.ts`);
  const docs = names.find((exported) => exported.name === name)?.docs ?? "";
  const program = /@example\s+```ts\n([^]*?)```/.exec(docs)?.[1] ?? "";
  await using folder = await workFolder("example");
  const run = await promisify(execFile)(
    process.execPath,
    ["--conditions=@llmcfg/source", "--input-type=module-typescript", "-e", program],
    {
      cwd: join(import.meta.dirname, "../..", CONFIG),
      env: {
        PATH: process.env["PATH"],
        TMPDIR: folder.path,
        AWS_ENDPOINT_URL: stack().url,
        AWS_REGION: "eu-central-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      },
    },
  );
  return run.stdout;
}
