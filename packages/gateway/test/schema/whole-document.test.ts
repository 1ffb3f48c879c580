import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigLoader } from "@llmcfg/config";
import { isJsonArray, isJsonObject, type Json, type JsonObject } from "@llmcfg/core";
import { gatewaySchema } from "@llmcfg/gateway";
import { stringify as stringifyToml } from "smol-toml";
import { expect, test } from "vitest";
import { stringify as stringifyYaml } from "yaml";
import { faultsOf, loadDocument, UNASKED } from "../support/load-document.ts";
import { WHOLE } from "../support/whole-document.ts";

test("CFG-1 a configuration with something in every section is accepted", async () => {
  const faults = await faultsOf(WHOLE);

  expect(faults.filter((fault) => fault.startsWith("error"))).toEqual([]);
});

test("CFG-4 CFG-6 what it says comes out typed and canonical", async () => {
  const config = await loadDocument(WHOLE);

  expect(config.server.max_body_size).toBe(16_777_216);
  expect(config.server.request_timeout.ms).toBe(120_000);
  expect(config.security.tls?.min_version).toBe("tls13");
  expect(config.providers[0]?.models[0]?.pricing?.input_per_million).toBe("2.5");
  expect(config.providers[1]?.endpoint).toBe("https://acme.openai.azure.com");
  expect(config.resilience.timeouts.first_token).toBeNull();
  expect(config.extensions["anything"]).toEqual({ goes: ["here", null] });
});

test("CFG-5 the same in YAML, TOML and JSON is the same configuration with the same checksum", async () => {
  const document = withoutNull(WHOLE) as JsonObject; // TOML has none
  const texts = {
    "gateway.json": JSON.stringify(document),
    "gateway.yaml": stringifyYaml(document),
    "gateway.toml": stringifyToml(document),
  };
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-gateway-"));
  await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };

  const loaded = await Promise.all(
    Object.entries(texts).map(async ([name, text]) => {
      await writeFile(join(folder, name), text);
      const loader = new ConfigLoader(gatewaySchema).withSecretsManager(UNASKED);
      return await loader.addFile(join(folder, name)).load({ resolveSecrets: false });
    }),
  );

  const [json, ...others] = loaded;
  expect(others.map((other) => other.document)).toEqual([json?.document, json?.document]);
  expect(others.map(({ checksum }) => checksum)).toEqual([json?.checksum, json?.checksum]);
});

function withoutNull(value: Json): Json {
  if (isJsonArray(value)) return value.filter((item) => item !== null).map(withoutNull);
  if (!isJsonObject(value)) return value;
  const given = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(given.map(([name, member]) => [name, withoutNull(member)]));
}
