import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigLoader, ConfigValidationError } from "@llmcfg/config";
import { gatewaySchema } from "@llmcfg/gateway";
import { expect, test } from "vitest";
import { workFolder } from "../support/endpoints.ts";
import { listPages, ROOT } from "../support/pages.ts";

const DOCUMENT = `
version: "1"
providers:
  - { id: a, type: openai, auth: { type: api_key, key: "\${env:KEY}" }, models: [{ id: gpt-4o }] }
`;

const blocks = (await listPages())
  .filter((page) => page.startsWith("docs/how-to/secrets/"))
  .flatMap((page) => {
    const text = readFileSync(join(ROOT, page), "utf8");
    return [...text.matchAll(/^```yaml\n(secrets:\n[\s\S]*?)^```$/gm)].map(
      ([, yaml = ""], index) => [page, index + 1, yaml] as const,
    );
  });

test("DOC-01 there are pages about secrets to look at", () => {
  expect(new Set(blocks.map(([page]) => page)).size).toBe(6);
});

test.each(blocks)(
  "DOC-01 CFG-2 %s: block %d is one that a gateway takes",
  async (_page, _n, yaml) => {
    await using folder = await workFolder("pages");
    const file = join(folder.path, "gateway.yaml");
    await writeFile(file, `${DOCUMENT}${yaml}`);
    const variables = { VAULT_TOKEN: "t", KEY: "k" };
    const loader = new ConfigLoader(gatewaySchema)
      .addFile(file)
      .addEnv({ variables, prefix: "GATEWAY_" });

    const error = await loader.load({ resolveSecrets: false }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );

    const codes =
      error instanceof ConfigValidationError ? error.report.errors.map(({ code }) => code) : [];
    // A page's files are not on this machine, and the control plane is no source here.
    const isMeant = (code: string) => ["secret_unavailable", "unsupported_backend"].includes(code);
    expect(error === undefined || error instanceof ConfigValidationError).toBe(true);
    expect(codes.filter((code) => !isMeant(code))).toEqual([]);
  },
);
