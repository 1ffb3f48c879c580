import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { readServedDocument } from "./served-document.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const PROGRAMS = [join(ROOT, "node_modules/.bin"), process.env["PATH"]].join(delimiter);

let served: Awaited<ReturnType<typeof readServedDocument>>;

beforeAll(async () => {
  served = await readServedDocument();
});

test("API-11 the document that the server gives is clean by every recommended rule", async () => {
  const { code, report } = await lint(served);

  expect(report.problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  expect(code).toBe(0);
});

test("API-11 every operation has an id, a tag, a summary and who may call it", () => {
  const operations = Object.values(served.paths).flatMap((item) => Object.values(item));

  expect(operations.length).toBeGreaterThanOrEqual(36);
  for (const operation of operations) {
    expect(operation).toMatchObject({
      operationId: expect.stringMatching(/^[a-z][A-Za-z]+$/),
      summary: expect.stringMatching(/./),
      description: expect.stringMatching(/^Needs .+\.$/),
      tags: [expect.stringMatching(/^[a-z]+$/)],
    });
  }
});

test("API-11 a document with faults is refused, each by its rule (negative control)", async () => {
  const document = structuredClone(served) as unknown as BrokenDocument;
  const [first, second, third, fourth] = Object.values(document.paths).map((item) => item["get"]);
  if (!first || !second || !third || !fourth) throw new Error("the document has too few routes");

  delete first.responses["4XX"];
  second.operationId = first.operationId;
  delete third.summary;
  first.parameters = [];
  fourth.responses["200"] = { $ref: "#/components/responses/Nowhere" };
  document.components.securitySchemes = {};
  const { code, report } = await lint(document);

  const rules = new Set(report.problems.map(({ ruleId }) => ruleId));
  expect([...rules].toSorted()).toEqual([
    "no-unresolved-refs",
    "operation-4xx-response",
    "operation-operationId-unique",
    "operation-summary",
    "path-parameters-defined",
    "security-defined",
  ]);
  expect(code).not.toBe(0);
});

/** A copy of the document to do harm to. */
interface BrokenDocument {
  readonly paths: Record<string, Record<string, BrokenOperation>>;
  readonly components: { securitySchemes: object };
}

interface BrokenOperation {
  operationId: string;
  summary?: string;
  parameters: object[];
  readonly responses: Record<string, object>;
}

interface Report {
  readonly problems: readonly { readonly ruleId: string; readonly message: string }[];
}

async function lint(
  document: object,
): Promise<{ readonly code: number | null; readonly report: Report }> {
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-openapi-"));
  try {
    const file = join(folder, "openapi.json");
    await writeFile(file, JSON.stringify(document));
    const args = ["lint", "--config", join(ROOT, "redocly.yaml"), "--format", "json", file];
    const child = spawn("redocly", args, {
      env: { PATH: PROGRAMS, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    const [code] = (await once(child, "close")) as [number | null]; // what `close` gives
    return { code, report: JSON.parse(text) as Report }; // the linter's own format
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
