import { expect, test } from "vitest";
import type { BundleView } from "../../src/modules/configs/get-bundle.ts";
import { EncodedBundles } from "../../src/transport/http/encoded-bundles.ts";
import { put, write } from "../configs/open-world.ts";
import { type App, openApp } from "./open-app.ts";

const BUNDLE = "/v1/bundles/production/ml-service";

test("API-09 the second of two equal questions is answered from memory, byte for byte the same", async () => {
  await using app = await openApp();

  const first = await app.ask("GET", BUNDLE);
  const second = await app.ask("GET", BUNDLE);

  expect(first.headers["cache-status"]).toBe("l1; fwd=miss");
  expect(second.headers["cache-status"]).toBe("l1; hit; ttl=300");
  expect(second.headers["server-timing"]).toMatch(/^l1;dur=[0-9.]+$/);
  expect(second.body).toBe(first.body);
  expect(second.headers).toMatchObject({
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(first.body)),
    "config-revision": "2",
    etag: first.headers.etag,
  });
});

test("two equal questions resolve and encode a bundle once, in each form", async () => {
  await using app = await openApp();
  const reads = countReads(app);

  const answers = [
    await app.ask("GET", `${BUNDLE}?prefix=inference/model`),
    await app.ask("GET", `${BUNDLE}?prefix=inference/model`),
    await app.ask("GET", `${BUNDLE}?prefix=inference/model`, { headers: YAML }),
    await app.ask("GET", `${BUNDLE}?prefix=inference/model`, { headers: YAML }),
  ];

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
  expect(reads.count).toBe(1);
  expect(answers[3]?.body).toBe(answers[2]?.body);
  expect(answers[2]?.headers["content-type"]).toBe("application/yaml; charset=utf-8");
  expect(answers[2]?.body).not.toBe(answers[0]?.body);
});

test("after a commit the next answer is the new one, and a 304 is not given for the old", async () => {
  await using app = await openApp();
  const { headers } = await app.ask("GET", BUNDLE);
  const known = { headers: { "if-none-match": String(headers.etag) } };

  const unchanged = await app.ask("GET", BUNDLE, known);
  await write(app.world, [put("production/ml-service/fresh", "new")]);
  const changed = await app.ask("GET", BUNDLE, known);

  expect([unchanged.statusCode, unchanged.body]).toEqual([304, ""]);
  expect(changed.statusCode).toBe(200);
  expect(changed.headers["config-revision"]).toBe("3");
  expect(changed.json()).toMatchObject({ revision: 3, values: { fresh: "new" } });
});

test("callers with other rights never see each other's bytes, nor what was revealed", async () => {
  await using app = await openApp();
  const narrow = ["viewer@*/ml-service/db-url", "auditor"];

  const revealed = await app.ask("GET", `${BUNDLE}?reveal=true`);
  const wide = await app.ask("GET", BUNDLE);
  const small = await app.ask("GET", BUNDLE, { as: narrow });
  const again = await app.ask("GET", BUNDLE);

  const valuesOf = ({ json }: typeof wide) => json<{ values: object }>().values;
  expect(Object.keys(valuesOf(small))).toEqual(["db-url"]);
  expect(again.body).toBe(wide.body);
  const secret = "inference/secrets/api-key";
  expect(valuesOf(revealed)).toHaveProperty([secret]);
  for (const answer of [wide, small, again]) expect(valuesOf(answer)).not.toHaveProperty([secret]);
  expect(revealed.headers["cache-control"]).toBe("no-store");
  expect(revealed.headers["cache-status"]).toBe("l1; fwd=request");
});

test("whoever may see one more of the secrets is given the bundle anew", async () => {
  await using app = await openApp();
  await write(app.world, [
    put("production/ml-service/secrets/one", "first"),
    put("production/ml-service/secrets/two", "second"),
  ]);
  const reader = "viewer@production/**";
  const few = [reader, "secret-reader@*/ml-service/secrets/one"];
  const more = [reader, "secret-reader@*/ml-service/secrets/*"];
  const known = await app.ask("GET", `${BUNDLE}?reveal=true`, { as: few });
  const headers = { "if-none-match": String(known.headers.etag) };

  const same = await app.ask("GET", `${BUNDLE}?reveal=true`, { as: few, headers });
  const other = await app.ask("GET", `${BUNDLE}?reveal=true`, { as: more, headers });

  expect(same.statusCode).toBe(304);
  expect(other.statusCode).toBe(200);
  expect(other.json()).toMatchObject({
    values: { "secrets/one": "first", "secrets/two": "second" },
  });
});

test("T7 who waits for a revision does not get it with a credential revoked or narrowed meanwhile", async () => {
  await using app = await openApp();
  const url = `${BUNDLE}?minRevision=3&wait=20s`;
  const kept = ["viewer@production/**"];
  const gone = ["viewer@production/ml-service/**"];
  const narrowed = ["viewer@**"];

  const all = [kept, gone, narrowed].map(async (as) => await app.ask("GET", url, { as }));
  await new Promise((passed) => setTimeout(passed, 1_100)); // a second is how long it may still count
  for (const roles of gone) app.revoked.add(roles);
  for (const roles of narrowed) app.changedRoles.set(roles, "viewer@staging/**");
  await write(app.world, [put("production/ml-service/fresh", "new")]);
  const answers = await Promise.all(all);

  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 401, 403]);
  expect(answers[2]?.json()).toMatchObject({ reason: "POLICY_DENIED" });
  expect(answers[2]?.body).not.toContain("minRevision");
  expect(answers[1]?.headers).not.toHaveProperty("etag");
  expect(answers[1]?.json()).toMatchObject({ reason: "UNAUTHENTICATED" });
  expect(answers[1]?.headers["content-type"]).toMatch("application/problem+json");
});

test("HEAD says the same as GET, without the body", async () => {
  await using app = await openApp();
  const get = await app.ask("GET", BUNDLE);

  const head = await app.ask("HEAD", BUNDLE);

  expect([head.statusCode, head.body]).toEqual([200, ""]);
  expect(head.headers.etag).toBe(get.headers.etag);
  expect(head.headers["content-length"]).toBe(get.headers["content-length"]);
});

test("the bytes of a bundle are made once for each form, and of a revealed one each time", () => {
  const encoded = new EncodedBundles();
  const plain = view(false);
  const revealed = view(true);

  const bytes = ["a", "a", "b"].map((form) => encoded.bytesOf(plain, form, () => `plain ${form}`));
  const secret = [1, 2].map((turn) => encoded.bytesOf(revealed, "a", () => `secret ${turn}`));

  expect(bytes.map(String)).toEqual(["plain a", "plain a", "plain b"]);
  expect(bytes[1]).toBe(bytes[0]);
  expect(secret.map(String)).toEqual(["secret 1", "secret 2"]);
  expect(encoded.encoded).toBe(4);
});

test("a form that cannot say what is in a bundle keeps nothing", () => {
  const encoded = new EncodedBundles();
  const plain = view(false);
  const refuse = () => {
    throw new Error("it is sensitive");
  };

  expect(() => encoded.bytesOf(plain, "a", refuse)).toThrow("it is sensitive");

  expect(String(encoded.bytesOf(plain, "a", () => "later"))).toBe("later");
});

const YAML = { accept: "application/yaml" };

function view(isRevealed: boolean): BundleView {
  const nothing = { values: {}, flat: new Map(), redacted: [], entries: [], revealedEtag: "e" };
  return { revision: 1, readAt: 1, hash: "sha256:0", etag: "e", isRevealed, ...nothing };
}

/** How often the newest state of a bundle is resolved. */
function countReads({ world }: App): { count: number } {
  const reads = { count: 0 };
  const { reader } = world.deps;
  const bundle = reader.bundle.bind(reader);
  reader.bundle = async (tenant, namespace, options) => {
    if (options?.at === undefined) reads.count++;
    return await bundle(tenant, namespace, options);
  };
  return reads;
}
