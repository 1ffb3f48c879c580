import { ConfigError, ConfigLoader, type RemoteSourceOptions } from "@llmcfg/config";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { KeyOrPrefix } from "../../src/index.ts";
import { gatewaySchema } from "../support/gateway-schema.ts";
import { HttpPeer } from "../support/http-peer.ts";

const HTTP = { kind: "http", url: "https://config.example.com/gateway.yaml" } as const;
const ETCD = { kind: "etcd", endpoints: ["https://etcd-1:2379"], key: "llm/gateway.yaml" } as const;
const CONSUL = {
  kind: "consul",
  address: "http://127.0.0.1:8500",
  prefix: "llm/gateway/",
} as const;
const OBJECT = { kind: "kubernetes", namespace: "llm", name: "gateway" } as const;

/** What `addRemote` says about options, be they of its type or not. */
function faultOf(options: unknown): string {
  try {
    new ConfigLoader(gatewaySchema).addRemote(options as RemoteSourceOptions); // whatever they are
  } catch (error) {
    if (error instanceof ConfigError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

describe("addRemote", () => {
  test("LOAD-1 LOAD-2 takes every kind, each below the environment and above files, the later the stronger", () => {
    const loader = new ConfigLoader(gatewaySchema)
      .addRemote(HTTP)
      .addEnv({ variables: {} })
      .addRemote(ETCD)
      .addRemote({ ...CONSUL, optional: true })
      .addFile("gateway.yaml")
      .addRemote({ ...OBJECT, resource: "Secret", key: "a.yaml", priority: 150 });

    const order = loader.precedence().map(({ source, kind, priority, optional }) => {
      return `${priority} ${kind} ${source}${optional ? " optional" : ""}`;
    });

    expect(order).toEqual([
      "100 overrides overrides optional",
      "150 kubernetes kubernetes:llm/secret/gateway/a.yaml",
      "200 environment environment optional",
      "300 consul consul:llm/gateway/ optional",
      "300 etcd etcd:llm/gateway.yaml",
      "300 http http:config.example.com/gateway.yaml",
      "400 file file:gateway.yaml",
      "500 default default",
    ]);
  });

  test("LOAD-1 a source may have an id of its own; two cannot have the same", () => {
    const loader = new ConfigLoader(gatewaySchema).addRemote(CONSUL);

    loader.addRemote({ ...CONSUL, id: "consul-of-elsewhere" });

    expect(() => loader.addRemote(CONSUL)).toThrow(TypeError);
  });

  test("LOAD-16 one has a key or a prefix, as the types say", () => {
    expectTypeOf<{ key: "a"; prefix: "b" }>().not.toExtend<KeyOrPrefix>();
    expectTypeOf<{ id: "c" }>().not.toExtend<KeyOrPrefix>();
    expectTypeOf<{ prefix: "b" }>().toExtend<KeyOrPrefix>();
  });

  test.each([
    [{ ...HTTP, kind: "ftp" }, /no remote source of kind "ftp": expected http, etcd, consul, kub/],
    [{ ...HTTP, kind: "constructor" }, /no remote source of kind "constructor"/],
    [{ ...HTTP, url: "config.example.com" }, /url: expected a URL such as https:/],
    [{ ...HTTP, url: "file:///etc/gateway.yaml" }, /url: expected a URL such as https:/],
    [{ ...HTTP, url: "http://config.example.com/" }, /url: expected https, or allowInsecure: true/],
    [{ ...HTTP, timeout: "10" }, /timeout: /],
    [{ ...HTTP, timeout: "0s" }, /timeout: expected more than 0/],
    [{ ...HTTP, pollInterval: "often" }, /pollInterval: /],
    [{ ...HTTP, pollIntervall: "30s" }, /Unrecognized key: "pollIntervall"/],
    [{ ...HTTP, maxBytes: 0 }, /maxBytes: expected at least 1/],
    [{ ...HTTP, tls: { cert: "/a.pem" } }, /tls: expected both cert and key, or neither/],
    [{ ...HTTP, token: "${secret:token}" }, /token: expected \$\{env:NAME\} or \$\{file:\/path\}/],
    [{ ...HTTP, token: "${env:not a name}" }, /token: a reference is malformed/],
    [{ ...ETCD, endpoints: [] }, /endpoints: expected at least one URL/],
    [{ ...ETCD, endpoints: ["etcd-1:2379"] }, /endpoints\.0: expected a URL such as https:/],
    [{ ...ETCD, endpoints: ["https://a/v3"] }, /endpoints\.0: expected a URL without a path/],
    [{ ...ETCD, prefix: "llm/" }, /expected either key or prefix/],
    [{ ...ETCD, key: undefined }, /expected either key or prefix/],
    [{ ...ETCD, key: "" }, /key: expected a name such as llm\/gateway\.yaml/],
    [{ ...ETCD, username: "reader" }, /expected both username and password/],
    [{ ...ETCD, username: "a", password: "b", token: "c" }, /, not both/],
    [{ ...CONSUL, prefix: undefined }, /expected either key or prefix/],
    [{ ...CONSUL, prefix: "/llm/" }, /prefix: expected no slash at its beginning/],
    [{ ...CONSUL, prefix: "llm/../../acl/" }, /prefix: expected no part that is \. or \.\./],
    [{ ...CONSUL, address: "127.0.0.1:8500" }, /address: expected a URL such as http:/],
    [{ ...CONSUL, address: "http://consul/?dc=a" }, /address: expected a URL without a query/],
    [{ ...OBJECT, namespace: "No Name" }, /namespace: the namespace "No Name" is no name/],
    [{ ...OBJECT, resource: "Pod" }, /resource: /],
    [{ ...OBJECT, key: "a.ini" }, /key: a\.ini has the extension \.ini/],
  ])("LOAD-1 refuses %j at once, and says what was expected", (options, expected) => {
    const fault = faultOf(options);

    expect(fault).toMatch(/^invalid_option: /);
    expect(fault).toMatch(expected);
  });

  test("LOAD-1 TNT-3 reports all that is wrong at once, and shows no credential", () => {
    const fault = faultOf({
      ...ETCD,
      endpoints: ["https://user:canary@etcd-1:2379"],
      username: "reader",
      token: "canary",
      timeout: "never",
    });

    expect(fault).toMatch(/endpoints\.0: expected no user and no password in the URL/);
    expect(fault).toMatch(/timeout: /);
    expect(fault).not.toContain("canary");
  });

  test("LOAD-8 LOAD-12 a fault names URL, line and column, and shows the line", async () => {
    await using peer = await HttpPeer.start((_request, response) => {
      response.setHeader("content-type", "application/yaml");
      response.end("routing:\n  strategy: weighted\nserver: { port: high }\n");
    });
    const loader = new ConfigLoader(gatewaySchema);
    loader.addRemote({ kind: "http", url: `${peer.url}/gateway`, allowInsecure: true });

    const refused = loader.load();

    await expect(refused).rejects.toThrow(/server\.port/);
    await expect(refused).rejects.toThrow(`${peer.url}/gateway:3:17`);
    await expect(refused).rejects.toThrow("port: high");
  });

  test("LOAD-11 LOAD-17 an optional source that is away is skipped, a required one fails and is named", async () => {
    const away = { kind: "consul", address: "http://127.0.0.1:1", key: "gateway.yaml" } as const;
    const optional = new ConfigLoader(gatewaySchema).addRemote({ ...away, optional: true });
    const required = new ConfigLoader(gatewaySchema).addRemote(away);

    const { config } = await optional.load();
    const refused = required.load();

    expect(config.server.port).toBe(8080);
    await expect(refused).rejects.toMatchObject({
      code: "source_unreachable",
      source: "consul:gateway.yaml",
      message: expect.stringContaining("http://127.0.0.1:1 is unreachable: ECONNREFUSED"),
    });
  });
});
