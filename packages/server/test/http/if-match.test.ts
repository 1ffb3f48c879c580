import { expect, test } from "vitest";
import { openApp } from "./open-app.ts";

const DB_URL = "/v1/configs/production/ml-service/db-url";

test.each([
  ["a key", DB_URL, undefined],
  ["a key in another form", DB_URL, "text/plain"],
  ["a key with its layers", `${DB_URL}?layers=true`, undefined],
  ["what explains a key", "/v1/effective/production/ml-service/db-url", undefined],
  ["a bundle", "/v1/bundles/production/ml-service", undefined],
] as const)(
  "API-03 a read with If-Match is answered while it holds: %s",
  async (_, url, accept) => {
    await using app = await openApp();
    const form = accept === undefined ? {} : { accept };
    const read = await app.ask("GET", url, { headers: form });
    const ask = async (field: string) =>
      await app.ask("GET", url, { headers: { ...form, "if-match": field } });
    const etag = String(read.headers["etag"]);

    const held = await Promise.all([etag, "*", `"other", ${etag}`].map(ask));
    const weak = await ask(`W/${etag}`);
    await app.ask("POST", DB_URL, { body: { value: "postgres://db3.internal/ml" } });
    const stale = await ask(etag);
    const present = await ask("*");

    for (const answer of held) expect(answer.body).toBe(read.body);
    expect([...held, weak, stale, present].map((answer) => answer.statusCode)).toEqual([
      200, 200, 200, 412, 412, 200,
    ]);
    expect(stale.headers).not.toHaveProperty("etag");
    expect(stale.headers["cache-control"]).toBe("no-store");
    expect(stale.json()).toMatchObject({
      reason: "ETAG_MISMATCH",
      current: { etag: present.headers["etag"], revision: 3 },
    });
  },
);

test("API-03 a stale read says what is there now, as a stale write does", async () => {
  await using app = await openApp();
  const headers = { "if-match": '"AAAAAAAAAAAAAAAA.j"' };
  const { headers: now } = await app.ask("GET", DB_URL);

  const read = await app.ask("GET", DB_URL, { headers });
  const write = await app.ask("PUT", DB_URL, { body: { value: "x" }, headers });

  const current = { etag: now["etag"], version: 1, layer: "production", revision: 2 };
  expect(read.json()).toMatchObject({ current });
  expect(write.json()).toMatchObject({ current });
});

test("API-03 an environment and a version of an item have tags that If-Match is compared with", async () => {
  await using app = await openApp();
  const urls = [
    "/v1/environments/production",
    "/v1/versions/production/ml-service/db-url?version=1",
  ];
  const ask = async (url: string, field: string) =>
    (await app.ask("GET", url, { headers: { "if-match": field } })).statusCode;

  for (const url of urls) {
    const etag = String((await app.ask("GET", url)).headers["etag"]);
    const statuses = [await ask(url, etag), await ask(url, '"AAAAAAAAAAAAAAAA.j"')];

    expect(statuses).toEqual([200, 412]);
  }
});

test("API-03 If-Match is looked at before If-None-Match, and neither where there is nothing", async () => {
  await using app = await openApp();
  const etag = String((await app.ask("GET", DB_URL)).headers["etag"]);
  const ask = async (url: string, headers: Record<string, string>) =>
    (await app.ask("GET", url, { headers })).statusCode;

  const both = await ask(DB_URL, { "if-match": etag, "if-none-match": etag });
  const stale = await ask(DB_URL, { "if-match": '"AAAAAAAAAAAAAAAA.j"', "if-none-match": etag });
  const absent = await ask("/v1/configs/production/ml-service/none", { "if-match": "*" });
  const malformed = await ask(DB_URL, { "if-match": "bare" });

  expect([both, stale, absent, malformed]).toEqual([304, 412, 404, 400]);
});

test("API-03 API-14 a bundle that is not what If-Match says is not revealed, nor on record as if", async () => {
  await using app = await openApp();
  const url = "/v1/bundles/production/ml-service?reveal=true";
  const plain = await app.ask("GET", "/v1/bundles/production/ml-service");
  const ask = async (field: string) =>
    await app.ask("GET", url, { headers: { "if-match": field } });

  const stale = await ask('"AAAAAAAAAAAAAAAA.j"');
  const before = app.world.recorded.length;
  const held = await ask(String(plain.headers["etag"]));

  expect(stale.statusCode).toBe(412);
  expect(before).toBe(0);
  expect(held.json()).toHaveProperty(["values", "inference/secrets/api-key"]);
  expect(app.world.recorded.length).toBeGreaterThan(0);
});

const API_KEY = "production/ml-service/inference/secrets/api-key";
const REVEALED = [
  ["an entry", `/v1/configs/${API_KEY}?reveal=true`],
  ["a version of an entry", `/v1/configs/${API_KEY}?version=1&reveal=true`],
  ["a version", `/v1/versions/${API_KEY}?version=1&reveal=true`],
] as const;

test.each(REVEALED)(
  "API-03 API-14 a secret that is not what If-Match says is not revealed, nor on record as if: %s",
  async (_, url) => {
    await using app = await openApp();
    const headers = { "if-match": '"AAAAAAAAAAAAAAAA.j"' };

    const json = await app.ask("GET", url, { headers });
    const bare = await app.ask("GET", url, { headers: { ...headers, accept: "text/plain" } });

    expect([json.statusCode, bare.statusCode]).toEqual([412, 412]);
    expect(app.world.recorded).toEqual([]);
  },
);

test.each(REVEALED)(
  "API-03 API-14 a secret that the reader has already is not revealed again, nor on record as if: %s",
  async (_, url) => {
    await using app = await openApp();
    const answers = [];

    for (const accept of ["application/json", "text/plain"]) {
      const first = await app.ask("GET", url, { headers: { accept } });
      const recorded = app.world.recorded.length;
      const etag = String(first.headers["etag"]);
      const again = await app.ask("GET", url, { headers: { accept, "if-none-match": etag } });
      answers.push({ first, again, hasRecorded: app.world.recorded.length > recorded });
    }

    expect(app.world.recorded.map(({ action }) => action)).toEqual(Array(2).fill("secret.reveal"));
    for (const { first, again, hasRecorded } of answers) {
      expect([first.statusCode, again.statusCode, hasRecorded]).toEqual([200, 304, false]);
      expect(first.body).toMatch(/demo-[0-9a-f]{64}/);
      expect(again.body).toBe("");
      expect(again.headers["etag"]).toBe(first.headers["etag"]);
      expect(again.headers["cache-control"]).toBe("no-store");
    }
  },
);

test.each(REVEALED)(
  "API-03 API-14 a secret that is not the one the reader has is revealed, and that is on record: %s",
  async (_, url) => {
    await using app = await openApp();
    const { headers: redacted } = await app.ask(
      "GET",
      url.replace("&reveal=true", "").replace("?reveal=true", ""),
    );
    const etag = String(redacted["etag"]);

    const answer = await app.ask("GET", url, {
      headers: { "if-match": etag, "if-none-match": etag },
    });

    expect(answer.statusCode).toBe(200);
    expect(answer.body).toMatch(/demo-[0-9a-f]{64}/);
    expect(app.world.recorded).toMatchObject([{ action: "secret.reveal" }]);
  },
);

test.each(REVEALED)(
  "API-14 a caller without the right to a secret is denied before any If-Match is looked at: %s",
  async (_, url) => {
    await using app = await openApp();
    const headers = { "if-match": '"AAAAAAAAAAAAAAAA.j"' };

    const answer = await app.ask("GET", url, { headers, as: ["viewer"] });

    expect(answer.statusCode).toBe(403);
    expect(app.world.recorded).toMatchObject([{ action: "secret.reveal", outcome: "denied" }]);
  },
);
