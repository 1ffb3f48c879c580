import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkSettings } from "../../src/settings/load-settings.ts";
import { settingsPage } from "../../src/settings/settings-page.ts";
import { makeFolder } from "./settings-files.ts";

const PAGE = join(import.meta.dirname, "../../../../docs/reference/settings.md");

test("DOC-02 the page of the settings is what the schema says", async () => {
  const page = await readFile(PAGE, "utf8");

  expect(page, "write it anew with tools/write-settings-reference.ts").toBe(settingsPage());
});

test("DOC-02 every setting has a row that says what it means", () => {
  const page = settingsPage();

  // The settings of the specification, and those that the parts of it name.
  const named = `http.addr http.publicUrl http.corsOrigins metrics.addr metrics.auth grpc.addr grpc.reflection
    tls.cert tls.key tls.clientCa tls.clientAuth store.url redis.url cache.l1MaxBytes cache.l1Ttl cache.l2Ttl
    cache.l3Dir cache.l3MaxBytes kek.uri kek.rotateEvery auth.jwt auth.oidc auth.apiKeys auth.mtls
    policy.external.addr policy.mode policy.cacheTtl policy.failure audit.retention audit.checkpointEvery
    audit.signingKey rateLimit region.name region.role region.primary log.level log.format otel schemaVersion`;
  const without = named
    .split(/\s+/)
    .filter(
      (path) => !new RegExp(`^\\| \`${path}\` \\|(.*\\|)? \\S[^|]{10,} \\|$`, "m").test(page),
    );

  expect(without).toEqual([]);
});

test("the file that the page shows is valid", async () => {
  await using folder = await makeFolder();
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(await readFile(PAGE, "utf8")) ?? [];
  const file = await folder.write("llmcfg.yaml", example);

  const { errors, warnings } = await checkSettings({ file, env: {} });

  expect(example).toContain("schemaVersion: 1");
  expect([...errors, ...warnings]).toEqual([]);
});
