import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigLoader, ConfigValidationError, type Finding } from "@llmcfg/config";
import { gatewaySchema } from "@llmcfg/gateway";
import { expect, test } from "vitest";

/** The one error of a file that holds these lines. Its lines are counted from 1. */
async function errorOf(lines: readonly string[]): Promise<Finding | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-gateway-places-"));
  try {
    const path = join(folder, "gateway.yaml");
    await writeFile(path, lines.join("\n"));
    await new ConfigLoader(gatewaySchema).addFile(path).load({ resolveSecrets: false });
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigValidationError)) throw error;
    const [first, ...others] = error.report.errors;
    if (others.length > 0) throw error;
    return first;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const PROVIDER = [
  "providers:",
  "  - id: local",
  "    type: ollama",
  "    models: [{ id: llama }]",
] as const;

test.each<[string, readonly string[], Pick<Finding, "path"> & { readonly at: string }]>([
  [
    "a default that a check refuses because of another value",
    [...PROVIDER, "server:", "  tls_enabled: true"],
    { path: "server.tls_cert_path", at: "6:16" },
  ],
  [
    "a member that a policy of a provider asks for",
    [...PROVIDER, "    health_check:", "      probe: completion"],
    { path: "resilience.health_check.probe_model", at: "6:14" },
  ],
  [
    "a default that a rule of its own section refuses",
    [...PROVIDER, "    connection_pool:", "      max_connections: 10"],
    { path: "providers[local].connection_pool.max_idle", at: "6:7" },
  ],
])("VAL-4 %s is reported where it can be changed", async (_what, lines, expected) => {
  const error = await errorOf(lines);

  const { position } = error ?? {};
  const at = position?.kind === "file" ? `${position.line}:${position.column}` : position?.kind;
  expect({ path: error?.path, at }).toEqual(expected);
  expect(error?.snippet).toContain("^");
});

test("CFG-4 a value that others are derived from is wrong once", async () => {
  const error = await errorOf([...PROVIDER, "resilience:", "  timeouts: { request: 30 }"]);

  expect(error).toMatchObject({
    code: "duration_without_unit",
    path: "resilience.timeouts.request",
    position: { line: 6, column: 24 },
  });
});

test("VAL-4 a key of a map that is refused says why", async () => {
  const error = await errorOf([...PROVIDER, "    headers: { Connection: '${env:HOME}' }"]);

  expect(error).toMatchObject({
    path: "providers[local].headers.Connection",
    message: "is a hop-by-hop header",
  });
});

test("AUD-8 a database of another kind is refused before it is opened, and not quoted", async () => {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-gateway-places-"));
  const path = join(folder, "gateway.yaml");
  const url = "mysql://root:canary@db/audit";
  const output = `{ type: database, connection_string: "${url}" }`;
  await writeFile(
    path,
    [...PROVIDER, `observability: { audit: { output: ${output} } }`].join("\n"),
  );

  const failed = new ConfigLoader(gatewaySchema).addFile(path).load();

  await expect(failed).rejects.toMatchObject({
    report: {
      errors: [{ code: "invalid_secret", path: "observability.audit.output.connection_string" }],
    },
  });
  await expect(failed).rejects.toThrow(/^(?!.*canary)/s);
  await rm(folder, { recursive: true, force: true });
});
