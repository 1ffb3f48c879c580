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
