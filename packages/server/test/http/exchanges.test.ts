import { expect, test } from "vitest";
import { openApp } from "./open-app.ts";

const TAG = /^"[A-Za-z0-9_-]{16,}\.j"$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const DB_URL = "/v1/configs/production/ml-service/db-url";
const API_KEY = "/v1/configs/production/ml-service/inference/secrets/api-key";

test("X1 a write is answered with the new version, where it is, and what it changes", async () => {
  await using app = await openApp();

  const answer = await app.ask("POST", "/configs/prod/ml-service/db-url", {
    body: { value: "postgres://db2.internal/ml" },
  });

  const etag = String(answer.headers["etag"]);
  expect(answer.statusCode).toBe(201);
  expect(answer.headers).toMatchObject({
    location: "/v1/configs/production/ml-service/db-url?version=2",
    "content-location": "/v1/configs/production/ml-service/db-url",
    "config-revision": "3",
    "content-type": "application/json; charset=utf-8",
  });
  expect(etag).toMatch(TAG);
  expect(answer.body).toBe(
    `{"path":"production/ml-service/db-url","version":2,"revision":3,` +
      `"previous":{"layer":"production","version":1},"created":false,"unchanged":false,` +
      `"deleted":false,"masked":false,"nowInherits":null,"sensitive":false,` +
      `"etag":${JSON.stringify(etag)},` +
      `"effects":[{"env":"production","service":"ml-service","key":"db-url","via":"production",` +
      `"inherited":false,"protected":true,"change":"update","restartRequired":false}],` +
      `"effectsHidden":0,"warnings":[]}`,
  );
});

test("X1 POST of an equal value makes a version without effects, unless only a change is wanted", async () => {
  await using app = await openApp();
  const body = { value: "postgres://db2.internal/ml" };
  await app.ask("POST", DB_URL, { body });

  const again = await app.ask("POST", DB_URL, { body });
  const unchanged = await app.ask("POST", `${DB_URL}?ifChanged=true`, { body });

  expect(again.statusCode).toBe(201);
  expect(again.json()).toMatchObject({ version: 3, revision: 4, effects: [], unchanged: false });
  expect(unchanged.statusCode).toBe(200);
  expect(unchanged.headers["config-revision"]).toBe("4");
  expect(unchanged.json()).toMatchObject({
    version: 3,
    revision: 4,
    unchanged: true,
    created: false,
    effects: [],
  });
});

test("X2 a read gives the entry with every member in order", async () => {
  await using app = await openApp();

  const answer = await app.ask("GET", "/configs/prod/ml-service/db-url");

  const { hash, updatedAt } = answer.json<{ hash: string; updatedAt: string }>();
  expect(answer.statusCode).toBe(200);
  expect(answer.headers["etag"]).toMatch(TAG);
  expect(answer.headers).toMatchObject({
    "config-revision": "2",
    "config-state": "FRESH",
    "content-location": "/v1/configs/production/ml-service/db-url",
    vary: "Accept",
    "cache-control": "private, no-cache",
  });
  expect(answer.headers["cache-status"]).toBe("l1; fwd=miss; stored");
  expect(hash).toBe("sha256:3330bf8ac8f63cd76cb852e8f33c468d5106776aff6da1d9028f97dc18af424c");
  expect(updatedAt).toMatch(TIME);
  expect(answer.body).toBe(
    `{"path":"production/ml-service/db-url","env":"production","service":"ml-service",` +
      `"key":"db-url","value":"postgres://db.internal/ml","type":"string","contentType":null,` +
      `"sensitive":false,"redacted":false,"fingerprint":null,"hash":"${hash}",` +
      `"version":1,"revision":2,"origin":{"layer":"production","inherited":false,` +
      `"merged":false,"managedBy":null,"via":"system"},"updatedAt":"${updatedAt}",` +
      `"updatedBy":"system:dev","message":"demo data","description":null,"owner":null,` +
      `"tags":[],"environmentSpecific":false,"restartRequired":false}`,
  );
});

test("X2 the bare value has the same tag in another form, and a known tag answers 304", async () => {
  await using app = await openApp();
  const json = await app.ask("GET", DB_URL);
  const etag = String(json.headers["etag"]);

  const text = await app.ask("GET", DB_URL, { headers: { accept: "text/plain" } });
  const known = await app.ask("GET", DB_URL, { headers: { "if-none-match": etag } });
  const weak = await app.ask("GET", DB_URL, { headers: { "if-none-match": `W/${etag}` } });
  const other = await app.ask("GET", DB_URL, {
    headers: { "if-none-match": String(text.headers["etag"]) },
  });

  expect(text.body).toBe("postgres://db.internal/ml");
  expect(text.headers["etag"]).toBe(etag.replace(".j", ".t"));
  expect(text.headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect([known.statusCode, known.body, known.headers["etag"]]).toEqual([304, "", etag]);
  expect(weak.statusCode).toBe(304);
  expect(other.statusCode).toBe(200);
});

test("X3 a key that is not there is named, with the near ones that the caller may list", async () => {
  await using app = await openApp();

  const answer = await app.ask("GET", "/v1/configs/production/ml-service/db-ulr");

  const { requestId } = answer.json<{ requestId: string }>();
  expect(answer.statusCode).toBe(404);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(answer.body).toBe(
    `{"type":"http://127.0.0.1:7420/docs/errors/key-not-found","title":"There is no such key",` +
      `"status":404,"detail":"production/ml-service/db-ulr does not exist at revision 2",` +
      `"instance":"/v1/configs/production/ml-service/db-ulr","reason":"KEY_NOT_FOUND",` +
      `"requestId":"${requestId}","errors":[],"suggestions":["production/ml-service/db-url"]}`,
  );
});

test("X4 in a protected environment a live item is replaced only by who says what it is based on", async () => {
  await using app = await openApp();
  const body = { value: "x" };
  const read = await app.ask("GET", DB_URL);
  const headers = { "if-match": String(read.headers["etag"]) };

  const unguarded = await app.ask("PUT", DB_URL, { body });
  const guarded = await app.ask("PUT", DB_URL, { body, headers });
  const stale = await app.ask("PUT", DB_URL, { body, headers });

  expect(unguarded.statusCode).toBe(428);
  expect(unguarded.json()).toMatchObject({ reason: "PRECONDITION_REQUIRED" });
  expect(guarded.statusCode).toBe(200);
  expect(guarded.json()).toMatchObject({ version: 2, revision: 3 });
  expect(stale.statusCode).toBe(412);
  expect(stale.json()).toMatchObject({
    reason: "ETAG_MISMATCH",
    errors: [],
    hint: "read it again and repeat with the new ETag",
    current: { version: 2, layer: "production", revision: 3, etag: guarded.headers["etag"] },
  });
});

test.each([
  ["PUT", "?ifVersion=1", {}, 200],
  ["PUT", "?ifVersion=v1", {}, 200],
  ["PUT", "?ifVersion=0", {}, 412],
  ["PUT", "", { "if-none-match": "*" }, 412],
  ["PUT", "", { "if-match": "*" }, 200],
  ["PUT", "", { "if-match": '"AAAAAAAAAAAAAAAA.j"' }, 412],
  ["PUT", "", { "if-match": "AAAAAAAAAAAAAAAA" }, 400],
  ["PUT", "", { "if-unmodified-since": "Sun, 22 Nov 2026 02:20:01 GMT" }, 400],
  ["POST", "?ifVersion=0", {}, 412],
] as const)("X4 %s%s with %o is answered %i", async (method, query, headers, status) => {
  await using app = await openApp();

  const answer = await app.ask(method, DB_URL + query, { body: { value: "x" }, headers });

  expect(answer.statusCode).toBe(status);
});

test("X4 a stale version says at which one the item is", async () => {
  await using app = await openApp();

  const answer = await app.ask("PUT", `${DB_URL}?ifVersion=3`, { body: { value: "x" } });

  expect(answer.json()).toMatchObject({
    detail: "production/ml-service/db-url is at v1, your precondition was for v3",
    current: { version: 1, layer: "production", revision: 2 },
  });
});

test("X4 create-only makes a new key, and a weak tag never satisfies If-Match", async () => {
  await using app = await openApp();
  const etag = String((await app.ask("GET", DB_URL)).headers["etag"]);
  const body = { value: "x" };

  const created = await app.ask("PUT", "/v1/configs/production/ml-service/new-key", {
    body,
    headers: { "if-none-match": "*" },
  });
  const weak = await app.ask("PUT", DB_URL, { body, headers: { "if-match": `W/${etag}` } });

  expect(created.statusCode).toBe(201);
  expect(created.json()).toMatchObject({ version: 1, created: true, previous: null });
  expect(weak.statusCode).toBe(412);
});

test("X4 DELETE lets show what is inherited, and says so", async () => {
  await using app = await openApp();
  const etag = String((await app.ask("GET", DB_URL)).headers["etag"]);

  const unguarded = await app.ask("DELETE", DB_URL);
  const answer = await app.ask("DELETE", DB_URL, { headers: { "if-match": etag } });
  const after = await app.ask("GET", DB_URL);
  const again = await app.ask("DELETE", DB_URL);

  expect(unguarded.statusCode).toBe(428);
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({
    version: 2,
    revision: 3,
    deleted: true,
    created: false,
    previous: { layer: "production", version: 1 },
    nowInherits: { layer: "base", version: 1 },
    etag: after.headers["etag"],
  });
  expect(after.json()).toMatchObject({
    value: "postgres://localhost/ml",
    origin: { inherited: true, layer: "base" },
  });
  expect(again.statusCode).toBe(404);
  expect(again.json()).toMatchObject({
    reason: "KEY_NOT_FOUND",
    detail: "production/ml-service/db-url has no item of its own: it is inherited from base v1",
  });
});

test("X4 an environment that is not protected asks for no precondition", async () => {
  await using app = await openApp();
  const url = "/v1/configs/development/ml-service/inference/max-retries?confirm=true";

  const answer = await app.ask("PUT", url, { body: { value: 5 } });

  expect(answer.statusCode).toBe(201);
});

const REACH = [
  ["development", false, false],
  ["staging", true, false],
  ["production", true, true],
].map(([env, inherited, isProtected]) => ({
  env,
  service: "ml-service",
  key: "inference/max-retries",
  via: "development",
  inherited,
  protected: isProtected,
  change: "create",
  restartRequired: false,
}));

test("X5 LAW-12 a change that reaches a protected environment by inheritance has to be confirmed", async () => {
  await using app = await openApp();
  const url = "/v1/configs/development/ml-service/inference/max-retries";

  const refused = await app.ask("PUT", url, { body: { value: 5 } });
  const revision = await app.ask("GET", DB_URL);
  const confirmed = await app.ask("PUT", `${url}?confirm=true`, { body: { value: 5 } });

  const { requestId } = refused.json<{ requestId: string }>();
  expect(refused.statusCode).toBe(409);
  expect(refused.body).toBe(
    JSON.stringify({
      type: "http://127.0.0.1:7420/docs/errors/blast-radius",
      title: "The change reaches a protected environment",
      status: 409,
      detail: "production/ml-service/inference/max-retries would be created through development",
      instance: url,
      reason: "BLAST_RADIUS",
      requestId,
      errors: [],
      hint: "repeat with confirm=true, or set production/ml-service/inference/max-retries first to pin it there",
      effects: REACH,
      effectsHidden: 0,
    }),
  );
  expect(revision.headers["config-revision"]).toBe("2");
  expect(confirmed.statusCode).toBe(201);
  expect(confirmed.json()).toMatchObject({ effects: REACH, effectsHidden: 0 });
});

test.each(["", "?confirm=true"])(
  "X5 LAW-12 confirmation%s is not authorisation: who may not write there is denied",
  async (query) => {
    await using app = await openApp();
    const url = `/v1/configs/development/ml-service/inference/max-retries${query}`;

    const answer = await app.ask("PUT", url, { body: { value: 5 }, as: ["editor@development/**"] });

    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({
      reason: "POLICY_DENIED",
      permission: "config:write",
      path: "production/ml-service/inference/max-retries",
      rule: "default-deny",
    });
  },
);

test("X6 a secret is read redacted, and revealed only on demand and on record", async () => {
  await using app = await openApp();

  const redacted = await app.ask("GET", API_KEY);
  const revealed = await app.ask("GET", `${API_KEY}?reveal=true`);
  const bare = await app.ask("GET", API_KEY, { headers: { accept: "text/plain" } });
  const bareRevealed = await app.ask("GET", `${API_KEY}?reveal=true`, {
    headers: { accept: "text/plain" },
  });

  expect(redacted.json()).toMatchObject({
    value: null,
    type: "string",
    sensitive: true,
    redacted: true,
    fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
    hash: expect.stringMatching(/^hmac:[0-9a-f]{64}$/) as string,
  });
  const { value } = revealed.json<{ value: string }>();
  expect(value).toMatch(/^demo-[0-9a-f]{64}$/);
  expect(revealed.json()).toMatchObject({ redacted: false, sensitive: true });
  expect(revealed.headers["cache-control"]).toBe("no-store");
  expect(revealed.headers["etag"]).toBe(String(redacted.headers["etag"]).replace(".j", ".jr"));
  expect(bare.statusCode).toBe(400);
  expect(bare.json()).toMatchObject({ reason: "REVEAL_REQUIRED" });
  expect(bareRevealed.body).toBe(value);
  const [record, ...more] = app.world.recorded;
  expect(more).toHaveLength(1); // the bare one
  expect(record).toMatchObject({
    action: "secret.reveal",
    path: "production/ml-service/inference/secrets/api-key",
    outcome: "allowed",
    revision: 2,
    details: { version: 1, purpose: "read" },
  });
});

test("X6 without secret:read nothing is revealed, and the denial is on record", async () => {
  await using app = await openApp();

  const answer = await app.ask("GET", `${API_KEY}?reveal=true`, { as: ["viewer"] });

  expect(answer.statusCode).toBe(403);
  expect(answer.json()).toMatchObject({ reason: "POLICY_DENIED", permission: "secret:read" });
  expect(app.world.recorded).toMatchObject([{ action: "secret.reveal", outcome: "denied" }]);
});

test("X6 what is written as sensitive is in no list, history, diff, bundle or problem", async () => {
  await using app = await openApp();
  const url = "/v1/configs/production/ml-service/token";

  const written = await app.ask("POST", url, { body: { value: "s3cr3t", sensitive: true } });
  const changed = await app.ask("POST", url, { body: { value: "s3cr3t-2" } });
  const seen = await Promise.all(
    [
      url,
      "/v1/configs/production/ml-service?limit=500",
      "/v1/configs/production/ml-service?view=tree",
      "/v1/history/production/ml-service/token",
      "/v1/effective/production/ml-service/token",
      "/v1/versions/production/ml-service/token?version=1",
      "/v1/bundles/production/ml-service?meta=true",
      "/v1/diff?from=production/ml-service@3&to=production/ml-service",
      "/v1/diff?from=staging/ml-service&to=production/ml-service",
    ].map((read) => app.ask("GET", read)),
  );

  expect(written.statusCode).toBe(201);
  expect(written.json()).toMatchObject({ sensitive: true });
  expect(changed.json()).toMatchObject({ sensitive: true, version: 2 });
  for (const { statusCode, body } of [written, changed, ...seen]) {
    expect(statusCode).toBeLessThan(300);
    expect(body).not.toContain("s3cr3t");
  }
  expect(JSON.stringify([app.world.changes, app.world.prepared])).not.toContain("s3cr3t");
});

test("X7 API-06 a list goes on from its cursor, in the order of the keys", async () => {
  await using app = await openApp();
  type Page = { items: { key: string }[]; nextCursor: string | null };
  const url = "/v1/configs/production/ml-service?prefix=inference/&limit=2";

  const first = await app.ask("GET", url);
  const next = String(first.headers["link"]);
  const second = await app.ask("GET", /^<([^>]+)>; rel="next"$/.exec(next)?.[1] ?? "");
  const cursor = second.json<Page>().nextCursor ?? "";
  const third = await app.ask("GET", `${url}&cursor=${cursor}`);
  const otherStart = cursor.startsWith("A") ? "B" : "A";
  const altered = await app.ask("GET", `${url}&cursor=${otherStart}${cursor.slice(1)}`);
  const foreign = await app.ask("GET", `/v1/configs/staging/ml-service?cursor=${cursor}`);

  const keys = [first, second, third].map((page) => page.json<Page>().items.map((one) => one.key));
  expect(keys).toEqual([
    ["inference/model.config", "inference/scaling.yaml"],
    ["inference/secrets/api-key", "inference/secrets/db-credentials"],
    ["inference/timeout-seconds"],
  ]);
  expect(Object.keys(first.json<Page>())).toEqual(["items", "nextCursor"]);
  expect(third.json<Page>().nextCursor).toBeNull();
  expect(third.headers["link"]).toBeUndefined();
  expect([altered.statusCode, foreign.statusCode]).toEqual([400, 400]);
});

test("X8 a bundle is all effective values, and its tag moves only with them", async () => {
  await using app = await openApp();
  const url = "/v1/bundles/staging/api-gateway";

  const answer = await app.ask("GET", url);
  await app.ask("POST", DB_URL, { body: { value: "elsewhere" } });
  const later = await app.ask("GET", url);

  const body = answer.json<{ hash: string; values: { "routes.yaml": string } }>();
  expect(answer.headers["etag"]).toMatch(TAG);
  expect(answer.body).toBe(
    `{"env":"staging","service":"api-gateway","revision":2,"hash":"${body.hash}",` +
      `"values":{"rate-limits.json":{"perMinute":600},` +
      `"routes.yaml":${JSON.stringify(body.values["routes.yaml"])}},"redacted":[]}`,
  );
  expect(body.hash).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(later.headers["etag"]).toBe(answer.headers["etag"]);
  expect(later.headers["config-revision"]).toBe("3");
  expect(later.json()).toMatchObject({ revision: 2, hash: body.hash });
});

test("X8 secrets of a bundle are named and left out, or revealed one record a key", async () => {
  await using app = await openApp();
  type Body = { redacted: string[]; values: Record<string, unknown> };
  const url = "/v1/bundles/production/api-gateway";

  const redacted = (await app.ask("GET", url)).json<Body>();
  const revealed = await app.ask("GET", `${url}?reveal=true`);
  const denied = await app.ask("GET", `${url}?reveal=true`, { as: ["viewer"] });

  expect(redacted.redacted).toEqual(["secrets/jwt-signing-key"]);
  expect(redacted.values).not.toHaveProperty(["secrets/jwt-signing-key"]);
  expect(revealed.json<Body>().redacted).toEqual([]);
  expect(revealed.json<Body>().values["secrets/jwt-signing-key"]).toMatch(/^[0-9a-f]{64}$/);
  expect(revealed.headers["cache-control"]).toBe("no-store");
  expect(denied.statusCode).toBe(403);
  expect(app.world.recorded).toMatchObject([
    { action: "secret.reveal", outcome: "allowed", details: { purpose: "bundle", version: 1 } },
    { action: "secret.reveal", outcome: "denied" },
  ]);
});

test("X8 STR-05 a long poll answers 304 when its time is over, and at once after a change", async () => {
  await using app = await openApp();
  const url = "/v1/bundles/staging/api-gateway";
  const known = String((await app.ask("GET", url)).headers["etag"]);
  const headers = { "if-none-match": known };

  const unchanged = await app.ask("GET", `${url}?wait=50ms`, { headers });
  const waiting = app.ask("GET", `${url}?wait=30s`, { headers });
  await app.ask("POST", "/v1/configs/base/api-gateway/rate-limits.json?confirm=true", {
    body: { value: { perMinute: 900 } },
  });
  const changed = await waiting;

  expect(unchanged.statusCode).toBe(304);
  expect(changed.statusCode).toBe(200);
  expect(changed.json()).toMatchObject({
    revision: 3,
    values: { "rate-limits.json": { perMinute: 900 } },
  });
});

test("X9 an explanation shows what each layer holds and which one won each leaf", async () => {
  await using app = await openApp();

  const answer = await app.ask("GET", "/v1/effective/production/ml-service/inference/model.config");

  type Layer = { layer: string; state: string };
  const body = answer.json<{ layers: Layer[]; leaves: object[] }>();
  expect(answer.statusCode).toBe(200);
  expect(body).toMatchObject({
    winner: "staging",
    version: 1,
    revision: 2,
    schema: null,
    lock: null,
  });
  expect(body.layers.map(({ layer, state }) => [layer, state])).toEqual([
    ["default", "absent"],
    ["base", "shadowed"],
    ["development", "absent"],
    ["staging", "winner"],
    ["production", "absent"],
  ]);
  expect(body.leaves).toEqual(
    ["/model", "/provider", "/temperature"].map((pointer) => ({
      pointer,
      layer: "staging",
      version: 1,
      shadowed: ["base"],
    })),
  );
});

test("W3 an explanation has every member in order, absent layers three", async () => {
  await using app = await openApp();
  const url = "/v1/effective/production/ml-service/inference/timeout-seconds";
  app.world.nowMs = Date.parse("2026-11-22T02:21:44.020Z");
  await app.ask("POST", "/v1/configs/production/ml-service/inference/timeout-seconds", {
    body: { value: 45, message: "slow model" },
    headers: { "config-via": "cli" },
  });

  const answer = await app.ask("GET", url);

  expect(answer.body).toBe(
    `{"path":"production/ml-service/inference/timeout-seconds","value":45,"type":"number",` +
      `"sensitive":false,"redacted":false,"fingerprint":null,"version":1,"revision":3,` +
      `"winner":"production","layers":[` +
      `{"layer":"default","kind":"default","state":"absent"},` +
      `{"layer":"base","kind":"environment","state":"shadowed","value":30,"redacted":false,` +
      `"fingerprint":null,"version":1,"revision":2,"updatedAt":"2026-11-22T02:20:01.114Z",` +
      `"updatedBy":"system:dev","message":"demo data","managedBy":null,"via":"system"},` +
      `{"layer":"development","kind":"environment","state":"absent"},` +
      `{"layer":"staging","kind":"environment","state":"absent"},` +
      `{"layer":"production","kind":"environment","state":"winner","value":45,` +
      `"redacted":false,"fingerprint":null,"version":1,"revision":3,` +
      `"updatedAt":"2026-11-22T02:21:44.020Z","updatedBy":"user:dev","message":"slow model",` +
      `"managedBy":null,"via":"cli"}],"leaves":[],"references":[],"schema":null,"lock":null,` +
      `"toChange":"write production/ml-service/inference/timeout-seconds (reaches production)"}`,
  );
});

test("X10 a history is newest first, and each version can be read", async () => {
  await using app = await openApp();
  await app.ask("POST", DB_URL, { body: { value: "postgres://db2.internal/ml" } });

  const history = await app.ask("GET", "/v1/history/production/ml-service/db-url");
  const first = await app.ask("GET", "/v1/versions/production/ml-service/db-url?version=1");
  const same = await app.ask("GET", `${DB_URL}?version=v1`);
  const missing = await app.ask("GET", "/v1/versions/production/ml-service/db-url?version=9");

  const at = "2026-11-22T02:20:01.114Z";
  expect(history.body).toBe(
    `{"items":[{"version":2,"revision":3,"layer":"production","op":"put",` +
      `"value":"postgres://db2.internal/ml","type":"string","redacted":false,` +
      `"fingerprint":null,"at":"${at}","actor":"user:dev","via":"api","message":null,` +
      `"restoredFrom":null,"destroyed":false},` +
      `{"version":1,"revision":2,"layer":"production","op":"put",` +
      `"value":"postgres://db.internal/ml","type":"string","redacted":false,` +
      `"fingerprint":null,"at":"${at}","actor":"system:dev","via":"system",` +
      `"message":"demo data","restoredFrom":null,"destroyed":false}],"nextCursor":null}`,
  );
  expect(first.json()).toMatchObject({
    value: "postgres://db.internal/ml",
    version: 1,
    revision: 2,
  });
  expect(first.headers["cache-control"]).toBe("private, immutable, max-age=31536000");
  expect(same.json()).toEqual(first.json());
  expect(missing.statusCode).toBe(404);
  expect(missing.json()).toMatchObject({ reason: "VERSION_NOT_FOUND" });
});

test("X11 a difference names both sides, with the revisions they are of", async () => {
  await using app = await openApp();
  await app.ask("POST", DB_URL, { body: { value: "postgres://db2.internal/ml" } });

  const answer = await app.ask(
    "GET",
    "/v1/diff?from=production/ml-service/db-url@v1&to=production/ml-service/db-url",
  );

  expect(answer.body).toBe(
    `{"from":{"ref":"production/ml-service/db-url@v1","revision":2},` +
      `"to":{"ref":"production/ml-service/db-url","revision":3},` +
      `"summary":{"added":0,"changed":1,"removed":0},` +
      `"changes":[{"key":"db-url","op":"change","pointer":"",` +
      `"from":"postgres://db.internal/ml","to":"postgres://db2.internal/ml",` +
      `"sensitive":false,"fromFp":null,"toFp":null,"restartRequired":false}]}`,
  );
});

test("X12 LAW-06 a rollback brings the old content back as a new version", async () => {
  await using app = await openApp();
  const before = await app.ask("GET", DB_URL);
  await app.ask("POST", DB_URL, { body: { value: "postgres://db2.internal/ml" } });

  const answer = await app.ask("POST", "/v1/rollback", {
    body: {
      env: "production",
      service: "ml-service",
      key: "db-url",
      toVersion: 1,
      message: "undo",
    },
  });
  const history = await app.ask("GET", "/v1/history/production/ml-service/db-url");
  const after = await app.ask("GET", DB_URL);

  expect(answer.statusCode).toBe(200);
  const body = answer.json<{ results: object[] }>();
  expect(Object.keys(body)).toEqual(["revision", "results", "warnings"]);
  expect(body).toMatchObject({ revision: 4, warnings: [] });
  expect(body.results).toMatchObject([
    { version: 3, revision: 4, previous: { layer: "production", version: 2 } },
  ]);
  expect(history.json<{ items: object[] }>().items).toMatchObject([
    { version: 3, op: "rollback", restoredFrom: 1, message: "undo" },
    { version: 2 },
    { version: 1 },
  ]);
  type Entry = Record<string, unknown> & { origin: Record<string, unknown> };
  const changed = { version: 3, revision: 4, updatedBy: "user:dev", message: "undo" };
  const was = before.json<Entry>();
  expect(after.json<Entry>()).toEqual({
    ...was,
    ...changed,
    origin: { ...was.origin, via: "api" },
  });
});

test("X13 a batch is one revision, all or nothing", async () => {
  await using app = await openApp();

  const stale = await app.ask("POST", "/v1/batch", {
    body: { operations: [putAt("a"), { ...putAt("b"), ifVersion: 7 }] },
  });
  const missing = await app.ask("GET", "/v1/configs/production/ml-service/a");
  const answer = await app.ask("POST", "/v1/batch", {
    body: { message: "two at once", operations: [putAt("a"), putAt("b")] },
  });

  expect(stale.statusCode).toBe(412);
  expect(stale.json<{ errors: object[] }>().errors).toMatchObject([
    { pointer: "/operations/1", code: "ETAG_MISMATCH" },
  ]);
  expect(missing.statusCode).toBe(404);
  expect(missing.headers["config-revision"]).toBe("2");
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({
    revision: 3,
    results: [
      { path: "production/ml-service/a", version: 1, revision: 3 },
      { path: "production/ml-service/b", version: 1, revision: 3 },
    ],
    warnings: [],
  });
  expect(app.world.changes.map(({ revision, message }) => [revision, message])).toEqual([
    [2, "demo data"],
    [3, "two at once"],
  ]);
});

test("X17 API-04 a repeated request has the first one's answer and changes nothing", async () => {
  await using app = await openApp();
  const url = "/v1/configs/production/ml-service/n";
  const headers = { "idempotency-key": '"k1"' };

  const first = await app.ask("POST", url, { body: { value: 1 }, headers });
  const again = await app.ask("POST", "/configs/prod/ml-service/n", {
    body: { value: 1 },
    headers,
  });
  const bare = await app.ask("POST", url, {
    body: { value: 1 },
    headers: { "idempotency-key": "k1" },
  });
  const other = await app.ask("POST", url, { body: { value: 2 }, headers });
  const read = await app.ask("GET", url);

  expect(first.statusCode).toBe(201);
  expect(first.json()).toMatchObject({ version: 1, revision: 3 });
  expect(first.headers["idempotent-replayed"]).toBeUndefined();
  for (const repeated of [again, bare]) {
    expect(repeated.statusCode).toBe(201);
    expect(repeated.body).toBe(first.body);
    expect(repeated.headers).toMatchObject({
      "idempotent-replayed": "true",
      etag: first.headers["etag"],
      location: first.headers["location"],
      "config-revision": "3",
    });
  }
  expect(other.statusCode).toBe(422);
  expect(other.json()).toMatchObject({ reason: "IDEMPOTENCY_KEY_REUSED" });
  expect(read.headers["config-revision"]).toBe("3");
});

test("X18 LAW-02 a past state is read as it was, and a read waits for its revision", async () => {
  await using app = await openApp();
  await app.ask("POST", DB_URL, { body: { value: "postgres://db2.internal/ml" } });

  const past = await app.ask("GET", `${DB_URL}?at=2`);
  const future = await app.ask("GET", `${DB_URL}?at=99`);
  const reached = await app.ask("GET", `${DB_URL}?minRevision=3`);
  const byHeader = await app.ask("GET", DB_URL, {
    headers: { "config-min-revision": "99", prefer: "wait=0" },
  });
  const unreached = await app.ask("GET", `${DB_URL}?minRevision=99&wait=20ms`);

  expect(past.json()).toMatchObject({ value: "postgres://db.internal/ml", version: 1 });
  expect(past.headers["config-revision"]).toBe("2");
  expect(past.headers["cache-control"]).toBe("private, immutable, max-age=31536000");
  expect(future.statusCode).toBe(400);
  expect(reached.statusCode).toBe(200);
  expect(byHeader.statusCode).toBe(503);
  expect(unreached.statusCode).toBe(503);
  expect(unreached.headers["retry-after"]).toBe("1");
  expect(unreached.json()).toMatchObject({ reason: "REVISION_NOT_REACHED", retryAfter: 1 });
});

function putAt(key: string) {
  return { op: "put", path: `production/ml-service/${key}`, value: 1 };
}
