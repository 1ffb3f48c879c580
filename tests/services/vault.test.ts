import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import {
  type ConfigError,
  ConfigLoader,
  defineSchema,
  doctorFiles,
  field,
  type Json,
} from "@llmcfg/config";
import {
  createSecretsManager,
  type SecretMaterial,
  type SecretsManager,
} from "@llmcfg/config/secrets";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { until } from "../../packages/config/test/support/until.ts";
import { type OpenedSecrets, testSecretsManager } from "../conformance/ports/secrets-manager.ts";
import { CountingProxy } from "../support/counting-proxy.ts";
import { untilReady, workFolder } from "../support/endpoints.ts";
import { SERVER_CERTIFICATE } from "../support/services/kubernetes-certificates.ts";
import { type OpenBao, openBao } from "../support/services/openbao.ts";

let server: OpenBao | undefined;

beforeAll(async () => {
  server = await openBao();
  await server?.call("POST", "sys/mounts/kv1", { type: "kv", options: { version: "1" } });
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

testSecretsManager("OpenBao KV version 2", () => openEngine("secret", 2));
testSecretsManager("OpenBao KV version 1", () => openEngine("kv1", 1));

describe("Vault and OpenBao", () => {
  test("SM-2 SM-3 a key is a member, by default value; what is missing is named by mount and path", async () => {
    await putMembers("secret", "llm/openai", { value: "sk-1", other: "2" });
    await using manager = await managerOf({});

    expect(await read(manager, "llm/openai")).toBe("sk-1");
    expect(await read(manager, "llm/openai", { key: "other" })).toBe("2");
    for (const [path, key] of [
      ["llm/none", undefined],
      ["llm/openai", "none"],
    ] as const) {
      const asked = manager.getSecret(path, key === undefined ? {} : { key });
      await expect(asked).rejects.toMatchObject({
        code: "secret_not_found",
        message: `Secret value not found at path: secret/${path}`,
      });
    }
  });

  test("SM-2 a member that is no text is its JSON, and names are taken literally", async () => {
    await bao().call("POST", "secret/data/odd%20names/a%23b", {
      data: { number: 5432, object: { a: [true, null] }, "": "nameless" },
    });
    await using manager = await managerOf({});

    const of = (key: string) => read(manager, "odd names/a#b", { key });

    expect(await of("number")).toBe("5432");
    expect(await of("object")).toBe('{"a":[true,null]}');
    expect(await of("")).toBe("nameless");
    await expect(of("toString")).rejects.toMatchObject({ code: "secret_not_found" });
  });

  test("SM-3 a version that is deleted is not found, and says since when; others stay", async () => {
    await putMembers("secret", "deleted", { value: "one" });
    await putMembers("secret", "deleted", { value: "two" });
    await bao().call("DELETE", "secret/data/deleted");
    await using manager = await managerOf({});

    const error = await manager.getSecret("deleted").catch((e: unknown) => e);

    expect(error).toMatchObject({
      code: "secret_not_found",
      message: "Secret value not found at path: secret/deleted",
      hint: expect.stringMatching(/^this version is deleted since 2/),
    });
    expect(await read(manager, "deleted", { version: "1" })).toBe("one");
  });

  test("SM-2 a namespace has secrets of its own", async () => {
    const team = { namespace: "team1" };
    await bao().call("POST", "sys/namespaces/team1", {});
    await bao().call("POST", "sys/mounts/kv", { type: "kv", options: { version: "1" } }, team);
    await bao().call("POST", "kv/place", { value: "of-team" }, team);
    const block = { mount_path: "/kv/", kv_version: 1 };
    await using inside = await managerOf({ ...block, namespace: "team1" });
    await using outside = await managerOf(block);

    expect(await read(inside, "place")).toBe("of-team");
    await expect(outside.getSecret("place")).rejects.toMatchObject({ code: "secret_not_found" });
  });

  test("SM-2 a token is renewed at two thirds of its lease, and reads on after its first end", async () => {
    await putMembers("secret", "long-lived", { value: "1" });
    const { auth } = await bao().call("POST", "auth/token/create", {
      policies: ["root"],
      ttl: "3s",
      renewable: true,
    });
    const { client_token: token, accessor } = auth as { client_token: string; accessor: string };
    await using manager = await managerOf({ token, cache_ttl: "1ms" });
    const startedAtMs = performance.now();
    await read(manager, "long-lived");

    await until("the renewal", async () => {
      const { data } = await bao().call("POST", "auth/token/lookup-accessor", { accessor });
      return "last_renewal_time" in (data as object);
    });

    const afterMs = performance.now() - startedAtMs;
    expect(afterMs).toBeGreaterThan(1_300); // of 3 s, or of the 2 s that are told after some time
    expect(afterMs).toBeLessThan(3_000);
    expect(await read(manager, "long-lived")).toBe("1");
  });

  test("SM-2 AppRole: a login gives the token; one that was taken away is followed by one login more", async () => {
    const credentials = await appRole("app-role");
    const keys = ["a", "b", "c", "d", "e", "f"];
    await putMembers("secret", "app-role/one", Object.fromEntries(keys.map((key) => [key, key])));
    await using manager = await managerOf({
      token: null,
      auth: { type: "app_role", ...credentials },
    });
    expect(await read(manager, "app-role/one", { key: "a" })).toBe("a");
    const before = await accessors();
    await Promise.all((await accessorsOf("app-role")).map(revoke));
    await manager.refresh();

    const again = await Promise.all(keys.map((key) => read(manager, "app-role/one", { key })));

    expect(again).toEqual(keys);
    expect(await accessorsOf("app-role")).toHaveLength(1);
    expect((await accessors()).length).toBe(before.length);
  });

  test("SM-2 what a token may not read is denied, without another login", async () => {
    const credentials = await appRole("narrow");
    await putMembers("secret", "elsewhere", { value: "sk-canary" });
    await using manager = await managerOf({
      token: null,
      auth: { type: "app_role", ...credentials },
    });

    const error = await manager.getSecret("elsewhere").catch((e: unknown) => e);

    expect(error).toMatchObject({ code: "secret_denied" });
    expect(await accessorsOf("narrow")).toHaveLength(1);
  });

  test("SM-9 a right that is taken away takes its old value with it, and hides no other path", async () => {
    const credentials = await appRole("withdrawn");
    await putMembers("secret", "withdrawn/one", { value: "one" });
    await putMembers("secret", "withdrawn/two", { value: "two" });
    await using manager = await managerOf({
      token: null,
      cache_ttl: "1ms",
      negative_ttl: "0s",
      auth: { type: "app_role", ...credentials },
    });
    expect(await read(manager, "withdrawn/one")).toBe("one");

    const rule = 'path "secret/data/withdrawn/two" { capabilities = ["read"] }';
    await bao().call("POST", "sys/policies/acl/withdrawn", { policy: rule });
    const found = await manager.getSecrets(["withdrawn/one", "withdrawn/two", "elsewhere"]);
    await policy("withdrawn");

    const shown = [...found].map(([path, result]) => [
      path,
      result instanceof Error
        ? (result as ConfigError).code
        : new TextDecoder().decode(result.bytes),
    ]);
    expect(shown).toEqual([
      ["withdrawn/one", "secret_denied"],
      ["withdrawn/two", "two"],
      ["elsewhere", "secret_denied"],
    ]);
    expect(await read(manager, "withdrawn/one")).toBe("one"); // the right is back
  });

  test("SM-2 a token that has come to its end is refused, and its old value does not stand for it", async () => {
    await putMembers("secret", "short", { value: "1" });
    const { auth } = await bao().call("POST", "auth/token/create", {
      policies: ["root"],
      ttl: "2s",
      renewable: false,
    });
    const { client_token: token } = auth as { client_token: string };
    await using manager = await managerOf({ token, cache_ttl: "1ms", negative_ttl: "0s" });
    const before = await read(manager, "short");

    let refused: unknown;
    await until("the end of the token", async () => {
      refused = await manager.getSecret("short").catch((error: unknown) => error);
      return refused instanceof Error;
    });

    expect(before).toBe("1");
    expect(refused).toMatchObject({ code: "secret_denied" });
  });

  test("SM-9 of fifty who ask for a secret at the same time, one asks the vault", async () => {
    await putMembers("secret", "popular", { value: "1" });
    await using proxy = await CountingProxy.open(bao().url);
    await using manager = await managerOf({ address: proxy.url });

    const all = await Promise.all(Array.from({ length: 50 }, () => read(manager, "popular")));

    expect(new Set(all)).toEqual(new Set(["1"]));
    expect(proxy.paths.filter((path) => path.includes("popular"))).toEqual([
      "/v1/secret/data/popular",
    ]);
  });

  test("SM-9 what is not there is not asked for again while the answer is remembered; refresh forgets it", async () => {
    await using proxy = await CountingProxy.open(bao().url);
    await using manager = await managerOf({ address: proxy.url, negative_ttl: "1h" });

    const early = await manager.getSecret("later").catch((e: unknown) => e);
    await putMembers("secret", "later", { value: "there" });
    const still = await manager.getSecret("later").catch((e: unknown) => e);
    const asked = proxy.paths.filter((path) => path.includes("later")).length;
    await manager.refresh(["later"]);

    expect([early, still]).toMatchObject([
      { code: "secret_not_found" },
      { code: "secret_not_found" },
    ]);
    expect([asked, await read(manager, "later")]).toEqual([1, "there"]);
  });

  test("SM-3 a version that is destroyed says so", async () => {
    await putMembers("secret", "destroyed", { value: "one" });
    await bao().call("PUT", "secret/destroy/destroyed", { versions: [1] });
    await using manager = await managerOf({});

    const error = await manager.getSecret("destroyed").catch((e: unknown) => e);

    expect(error).toMatchObject({
      message: "Secret value not found at path: secret/destroyed",
      hint: "this version is destroyed",
    });
  });

  test("SM-3 the wrong version of the engine finds nothing, in either direction", async () => {
    await putMembers("secret", "of-two", { value: "1" });
    await putMembers("kv1", "of-one", { value: "1" });
    await using one = await managerOf({ mount_path: "kv1", kv_version: 2 });
    await using two = await managerOf({ mount_path: "secret", kv_version: 1 });

    const errors = await Promise.all([
      one.getSecret("of-one").catch((e: unknown) => e),
      two.getSecret("of-two").catch((e: unknown) => e),
    ]);

    expect(errors).toMatchObject([
      { message: "Secret value not found at path: kv1/of-one" },
      { message: "Secret value not found at path: secret/of-two" },
    ]);
  });

  test("CHK-8 the doctor finds it well, and then denied, with the time of both", async () => {
    const credentials = await appRole("doctor");
    await putMembers("secret", "doctor/one", { value: "1" });
    const schema = defineSchema({
      name: "doctor",
      root: z.strictObject({ key: field.secret(), secrets: field.json() }),
      secrets: "secrets",
    });
    const secrets = {
      backend: "vault",
      address: bao().url,
      mount_path: "secret",
      auth: { type: "app_role", ...credentials },
    };
    const examine = async (key: string) => {
      const loader = new ConfigLoader(schema).withOverrides({ key, secrets });
      const findings = await doctorFiles(loader);
      return findings.flatMap(({ id, result, message }) =>
        id === "CHK-8" && message.includes("vault") ? [`${result} ${message}`] : [],
      );
    };

    const well = await examine("${secret:doctor/one}");
    const denied = await examine("${secret:elsewhere}");

    const agreed = "pass the clocks of the secrets backend vault and this machine agree";
    expect(well).toEqual(["pass the secrets backend vault answers", agreed]);
    expect(denied).toEqual([
      "fail the secrets backend vault: ${secret:elsewhere} cannot be resolved: the vault answered secret/elsewhere with status 403",
      agreed,
    ]);
  });

  test("SM-2 a login that is refused says where, and none of the credentials", async () => {
    const { role_id } = await appRole("refused");
    await using manager = await managerOf({
      token: null,
      auth: { type: "app_role", role_id, secret_id: "sk-canary-secret" },
    });

    const error = await manager.getSecret("any").catch((e: unknown) => e);

    expect(error).toMatchObject({ code: "login_refused" });
    expect(String(error)).toContain("auth/approle");
    expect(String(error)).not.toContain("sk-canary");
  });

  test("SM-2 Kubernetes: the service account's token is read again for each login", async () => {
    await using reviews = await tokenReviews(["pod-token-2"]);
    await using folder = await workFolder("kubernetes-login");
    const token_path = join(folder.path, "token");
    await bao().call("POST", "sys/auth/kubernetes", { type: "kubernetes" });
    await bao().call("POST", "auth/kubernetes/config", {
      kubernetes_host: reviews.url,
      disable_local_ca_jwt: true,
      kubernetes_ca_cert: SERVER_CERTIFICATE, // it is asked for, and not used without TLS
      token_reviewer_jwt: jwtOf({ sub: "reviewer" }),
      disable_iss_validation: true,
    });
    await policy("pods");
    await bao().call("POST", "auth/kubernetes/role/pods", {
      bound_service_account_names: ["gateway"],
      bound_service_account_namespaces: ["prod"],
      audience: "",
      token_policies: "pods",
    });
    await putMembers("secret", "pods/one", { value: "for pods" });
    await using manager = await managerOf({
      token: null,
      negative_ttl: "0s",
      auth: { type: "kubernetes", role: "pods", token_path },
    });

    await writeFile(token_path, podToken("pod-token-1"));
    const early = await manager.getSecret("pods/one").catch((e: unknown) => e);
    await writeFile(token_path, `${podToken("pod-token-2")}\n`);

    expect(early).toMatchObject({ code: "login_refused" });
    expect(await read(manager, "pods/one")).toBe("for pods");
  });

  test("SM-2 JWT: a signed token logs in at its own mount", async () => {
    const { privateKey, publicKey } = await signingKey();
    await bao().call("POST", "sys/auth/workload", { type: "jwt" });
    await bao().call("POST", "auth/workload/config", { jwt_validation_pubkeys: [publicKey] });
    await policy("jobs");
    await bao().call("POST", "auth/workload/role/jobs", {
      role_type: "jwt",
      user_claim: "sub",
      bound_audiences: ["bao"],
      token_policies: "jobs",
    });
    await putMembers("secret", "jobs/one", { value: "for jobs" });
    const jwt = await signedJwt({ sub: "job-1", aud: "bao", exp: inAMinute() }, privateKey);
    await using manager = await managerOf({
      token: null,
      auth: { type: "jwt", role: "jobs", jwt, mount: "workload" },
    });

    expect(await read(manager, "jobs/one")).toBe("for jobs");
  });

  test("SM-9 a vault that is sealed is away: the last value serves for a while", async () => {
    await using other = await openBao();
    if (other === undefined || other.url === bao().url) return; // a named server is not sealed
    await other.call("POST", "secret/data/kept", { data: { value: "kept" } });
    const about = { address: other.url, token: other.rootToken };
    await using stale = await managerOf({ ...about, cache_ttl: "1ms" });
    await using strict = await managerOf({ ...about, cache_ttl: "1ms", stale_if_error: "0s" });
    await Promise.all([read(stale, "kept"), read(strict, "kept")]);

    await other.call("PUT", "sys/seal");
    await untilReady(async () => {
      const { status } = await fetch(`${other.url}/v1/sys/health`);
      if (status !== 503) throw new Error("it is not sealed yet");
    });

    expect(await read(stale, "kept")).toBe("kept");
    const error = await strict.getSecret("kept").catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "backend_unreachable" });
    expect(String(error)).toContain("sealed or in standby");
  });
});

function bao(): OpenBao {
  if (server === undefined) throw new Error("run tools/services/install.sh openbao");
  return server;
}

async function managerOf(block: Readonly<Record<string, Json>>): Promise<SecretsManager> {
  const { url: address, rootToken: token } = bao();
  return await createSecretsManager({
    backend: "vault",
    address,
    mount_path: "secret",
    token,
    ...block,
  });
}

async function openEngine(mount: string, version: 1 | 2): Promise<OpenedSecrets> {
  const manager = await managerOf({ mount_path: mount, kv_version: version });
  return {
    manager,
    put: (path, text) => putMembers(mount, path, { value: text }),
    putMembers: async (path, members) => void (await putMembers(mount, path, members)),
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  };
}

async function putMembers(
  mount: string,
  path: string,
  members: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  if (mount === "kv1") {
    await bao().call("POST", `kv1/${path}`, members);
    return undefined;
  }
  const { data } = await bao().call("POST", `${mount}/data/${path}`, { data: members });
  return String((data as { version: number }).version);
}

async function read(
  manager: SecretsManager,
  path: string,
  options: { readonly key?: string; readonly version?: string } = {},
): Promise<string> {
  using material: SecretMaterial = await manager.getSecret(path, options);
  return new TextDecoder().decode(material.bytes);
}

async function policy(name: string): Promise<void> {
  const rule = `path "secret/data/${name}/*" { capabilities = ["read"] }`;
  await bao().call("POST", `sys/policies/acl/${name}`, { policy: rule });
}

async function appRole(
  name: string,
): Promise<{ readonly role_id: string; readonly secret_id: string }> {
  await bao()
    .call("POST", "sys/auth/approle", { type: "approle" })
    .catch(() => {}); // there already
  await policy(name);
  const role = `auth/approle/role/${name}`;
  await bao().call("POST", role, { token_policies: name, token_ttl: "10m" });
  const { data: id } = await bao().call("GET", `${role}/role-id`);
  const { data: secret } = await bao().call("POST", `${role}/secret-id`);
  return {
    role_id: (id as { role_id: string }).role_id,
    secret_id: (secret as { secret_id: string }).secret_id,
  };
}

async function accessors(): Promise<readonly string[]> {
  const { data } = await bao().call("LIST", "auth/token/accessors");
  return (data as { keys: readonly string[] }).keys;
}

async function accessorsOf(policyName: string): Promise<readonly string[]> {
  const looked = await Promise.all(
    (await accessors()).map(async (accessor) => {
      const { data } = await bao().call("POST", "auth/token/lookup-accessor", { accessor });
      const { policies } = data as { policies: readonly string[] };
      return policies.includes(policyName) ? [accessor] : [];
    }),
  );
  return looked.flat();
}

async function revoke(accessor: string): Promise<void> {
  await bao().call("POST", "auth/token/revoke-accessor", { accessor });
}

/** The part of a Kubernetes API server that says whose token it is. */
async function tokenReviews(good: readonly string[]) {
  const api = createServer((request, response) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      const { token } = (JSON.parse(body) as { spec: { token: string } }).spec;
      const authenticated = good.some((id) => token === podToken(id));
      const user = {
        username: "system:serviceaccount:prod:gateway",
        uid: "u-1",
        groups: ["system:serviceaccounts"],
      };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenReview",
          status: authenticated ? { authenticated, user } : { authenticated: false },
        }),
      );
    });
  }).listen(0, "127.0.0.1");
  await once(api, "listening");
  const address = api.address();
  if (address === null || typeof address === "string") throw new TypeError("it listens on TCP");
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      api.closeAllConnections();
      api.close();
    },
  };
}

function podToken(id: string): string {
  return jwtOf({
    jti: id,
    iat: 1_600_000_000,
    nbf: 1_600_000_000,
    exp: 4_102_444_800,
    "kubernetes.io": { namespace: "prod", serviceaccount: { name: "gateway", uid: "u-1" } },
    sub: "system:serviceaccount:prod:gateway",
  });
}

/** Signed by nobody: the review decides. */
function jwtOf(claims: Json): string {
  return `${base64(JSON.stringify({ alg: "RS256", typ: "JWT" }))}.${base64(JSON.stringify(claims))}.${base64("signature")}`;
}

async function signingKey() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const der = Buffer.from(await crypto.subtle.exportKey("spki", pair.publicKey)).toString("base64");
  const publicKey = `-----BEGIN PUBLIC KEY-----\n${der.replaceAll(/.{64}/g, "$&\n")}\n-----END PUBLIC KEY-----\n`;
  return { privateKey: pair.privateKey, publicKey };
}

async function signedJwt(claims: Json, key: CryptoKey): Promise<string> {
  const text = `${base64('{"alg":"ES256","typ":"JWT"}')}.${base64(JSON.stringify(claims))}`;
  const bytes = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    key,
    Buffer.from(text),
  );
  return `${text}.${Buffer.from(bytes).toString("base64url")}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64url");
}

function inAMinute(): number {
  return Math.floor(Date.now() / 1_000) + 60;
}
