import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GatewayFolder } from "./run-gateway.ts";

const EXAMPLE = readFileSync(
  join(import.meta.dirname, "../../../gateway/test/fixtures/gateway.yaml"),
  "utf8",
);

/** What Kubernetes sets for a Service named `gateway`, and one variable that is meant. */
const VARIABLES = {
  GATEWAY_PROVIDERS__OPENAI__WEIGHT: "3",
  GATEWAY_SERVICE_HOST: "10.0.0.9",
  GATEWAY_SERVICE_PORT: "80",
  GATEWAY_PORT: "tcp://10.0.0.9:80",
  GATEWAY_PORT_80_TCP: "tcp://10.0.0.9:80",
  GATEWAY_PORT_80_TCP_PROTO: "tcp",
  GATEWAY_PORT_80_TCP_PORT: "80",
  GATEWAY_PORT_80_TCP_ADDR: "10.0.0.9",
  VAULT_TOKEN: "hvs.canary-1234",
};

test("BOOT-3 ENV-5 check of the example warns of the service link on one line, and is valid", async () => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": EXAMPLE });

  const { code, out, err } = await folder.run(["check", "gateway.yaml", "--no-secrets"], {
    env: VARIABLES,
  });

  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(
    /^warning env_service_link {2}GATEWAY_PORT, \w+ \(\+5\) ignored: set by Kubernetes for Service "gateway"\nvalid: 0 errors, 1 warning · 4 secret references not looked at · checksum [0-9a-f]{8}…\n$/,
  );
});

test("WHY-1 explain of the example: who gives the weight, where, and why the others lost", async () => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": EXAMPLE });
  const file = "gateway.yaml";

  const { code, out, err } = await folder.run(
    ["explain", "providers[openai].weight", "gateway.yaml"],
    { env: VARIABLES },
  );

  expect([code, err]).toEqual([0, ""]);
  const [head, ...lines] = out.split("\n").map((line) => line.replaceAll(/ {2,}/g, "  ").trim());
  expect(head).toBe("providers[openai].weight = 3  number 0–10000 · hot · running");
  expect(lines[0]).toMatch(/^✓ environment {2}3 {2}GATEWAY_PROVIDERS__OPENAI__WEIGHT/);
  expect(lines[1]).toBe(`· file  5  ${file}:19:13  lost: environment outranks it`);
  expect(lines[2]).toMatch(/^· default {2}1 {2}schema/);
});

test("WHY-1 explain -o json has layers, strongest first, and the precedence", async () => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": EXAMPLE });

  const { code, out } = await folder.run(
    ["explain", "providers[openai].weight", "gateway.yaml", "-o", "json"],
    { env: VARIABLES },
  );

  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    value: 3,
    layers: [
      { source: "environment", wins: true, value: 3 },
      { value: 5, wins: false, at: `gateway.yaml:19:13` },
      { source: "default", value: 1, at: "schema" },
    ],
    precedence: ["overrides", "environment", `file:gateway.yaml`, "default"],
  });
});

test("WHY-1 a secret is explained by its reference; a path that is not there exits 3", async () => {
  await using folder = await GatewayFolder.create({
    "gateway.yaml": EXAMPLE.replace("${env:VAULT_TOKEN}", VARIABLES.VAULT_TOKEN),
  });

  const secret = await folder.run(["explain", "providers[openai].auth.key", "gateway.yaml"]);
  const literal = await folder.run(["explain", "secrets.token", "gateway.yaml", "-o", "json"]);
  const none = await folder.run(["explain", "providers[openai].wieght", "gateway.yaml"]);

  expect(secret.out).toContain('"${secret:llm/openai#api_key}"');
  expect(literal.code).toBe(0);
  expect(literal.out).not.toContain("hvs.canary");
  expect(none.code).toBe(3);
});

test("WHY-4 an item that is not there exits 3 and names those that are; a place without value exits 0", async () => {
  await using folder = await GatewayFolder.create({ "gateway.yaml": EXAMPLE });
  const explain = async (path: string) => await folder.run(["explain", path, "gateway.yaml"]);

  const typo = await explain("providers[opnai].weight");
  const member = await explain("providers.openai.weight");
  const empty = await explain("server.cors.max_age");

  expect(typo.code).toBe(3);
  expect(typo.out).toContain(
    "? providers[opnai]: there is no such item; did you mean providers[openai]?",
  );
  expect(member.code).toBe(3);
  expect(member.out).toContain("did you mean providers[openai].weight?");
  expect(empty.code).toBe(0);
  expect(empty.out).toMatch(/^server\.cors\.max_age has no value {8}/);
});
