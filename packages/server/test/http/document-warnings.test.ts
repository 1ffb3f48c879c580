import { expect, test } from "vitest";
import { type App, openApp } from "./open-app.ts";

const BROKEN = "timeout: 30\nmodels: [small-1\n";
const WARNING = {
  pointer: "",
  code: "MALFORMED_DOCUMENT",
  detail: expect.stringMatching(/^the document is no YAML at line 3, column 1: /) as string,
  expected: "well-formed YAML",
  suggestion: null,
  file: null,
  line: 3,
  column: 1,
};

test("API-17 a document that is broken is stored as it is, and its author is warned", async () => {
  await using app = await openApp();
  const url = "/v1/configs/production/ml-service/bad.yaml";

  const written = await app.ask("POST", url, { body: { value: BROKEN } });
  const headers = { "if-match": String(written.headers["etag"]) };
  const again = await app.ask("PUT", url, { body: { value: BROKEN }, headers });
  const read = await app.ask("GET", url, { headers: { accept: "text/plain" } });

  expect(written.statusCode).toBe(201);
  expect(written.json()).toMatchObject({ version: 1, warnings: [WARNING] });
  expect(again.json()).toMatchObject({ unchanged: true, warnings: [WARNING] });
  expect(read.body).toBe(BROKEN);
});

test.each([
  ["a document that is well-formed", { value: "a: 1\n" }],
  ["a text of another type", { value: BROKEN, type: "string" }],
  ["a document in another language", { value: BROKEN, contentType: "text/plain" }],
])("%s is stored without a warning", async (_, body) => {
  await using app = await openApp();

  const answer = await app.ask("POST", "/v1/configs/production/ml-service/a.yaml", { body });

  expect(answer.statusCode).toBe(201);
  expect(answer.json()).toMatchObject({ warnings: [] });
});

test("each document of a batch is looked at, up to 64 Ki characters of them", async () => {
  await using app = await openApp();
  const filler = `# ${"x".repeat(40_000)}\n`;

  const results = await writeAll(app, [BROKEN, filler + BROKEN, filler + BROKEN, BROKEN]);

  expect(results.map(({ warnings }) => warnings.length)).toEqual([1, 1, 0, 1]);
});

test("a sealed document that is broken is told of too, without a word of it", async () => {
  await using app = await openApp();
  const body = { value: "password: [hunter2\n" };

  const answer = await app.ask("POST", "/v1/configs/production/ml-service/secrets/a.yaml", {
    body,
  });

  expect(answer.json()).toMatchObject({ sensitive: true, warnings: [{ line: 2 }] });
  expect(answer.body).not.toContain("hunter2");
});

async function writeAll(app: App, values: readonly string[]) {
  const operations = values.map((value, i) => ({
    op: "put",
    path: `production/ml-service/document-${i}.yaml`,
    value,
  }));
  const answer = await app.ask("POST", "/v1/batch", { body: { operations } });
  return answer.json<{ results: { warnings: object[] }[] }>().results;
}
