import { monitorEventLoopDelay } from "node:perf_hooks";
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
  const [one, other] = ["x", "y"].map((letter) => `# ${letter.repeat(40_000)}\n${BROKEN}`);

  const results = await writeAll(app, [BROKEN, one ?? "", other ?? "", BROKEN]);

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

test("a document that takes long keeps neither the event loop nor other writers waiting", async () => {
  await using app = await openApp();
  const slow = `a: &a {x: 1}\n${Array.from({ length: 3900 }, (_, i) => `b${i}: {<<: *a}\n`).join("")}`;
  const done: string[] = [];
  const write = async (key: string, value: string) => {
    const url = `/v1/configs/production/ml-service/${key}`;
    const answer = await app.ask("POST", url, { body: { value } });
    done.push(key);
    return answer;
  };
  await write("warm.yaml", `${"# comment\n".repeat(100)}${BROKEN}`); // the thread is there
  using delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();

  const answers = await Promise.all([write("slow.yaml", slow), write("quick.yaml", BROKEN)]);

  expect(done).toEqual(["warm.yaml", "quick.yaml", "slow.yaml"]);
  expect(answers.map((answer) => answer.statusCode)).toEqual([201, 201]);
  expect(delay.max / 1e6).toBeLessThan(250); // it takes a second and more
});

test("a long document is told of by the language it has had before", async () => {
  await using app = await openApp();
  const url = "/v1/configs/production/ml-service/routes";
  const about = { type: "document", contentType: "application/yaml" };
  await app.ask("POST", url, { body: { value: "a: 1\n", ...about } });

  const answer = await app.ask("POST", url, {
    body: { value: `${"# comment\n".repeat(100)}${BROKEN}` },
  });

  expect(answer.json()).toMatchObject({ version: 2, warnings: [{ line: 103, column: 1 }] });
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
