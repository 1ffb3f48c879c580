import { problemOf } from "@llmcfg/client";
import { LlmcfgError, toProblem } from "@llmcfg/core";
import { expect, test } from "vitest";
import { errorOfProblem, errorOfStatus, retryAfterOf } from "../../src/http/problem-error.ts";

const ETAG_MISMATCH = {
  type: "http://127.0.0.1:7420/docs/errors/etag-mismatch",
  title: "The value changed since you read it",
  status: 412,
  detail: "production/ml-service/db-url is at v2, your precondition was for v1",
  instance: "/v1/configs/production/ml-service/db-url",
  reason: "ETAG_MISMATCH",
  requestId: "req_01JD8Z5W3M6Q0V4T9N2K7B1C8X",
  errors: [
    {
      pointer: "/operations/1",
      code: "ETAG_MISMATCH",
      detail: "is at v2",
      expected: null,
      suggestion: null,
      file: null,
      line: null,
      column: null,
    },
  ],
  hint: "read it again and repeat with the new ETag",
  current: { etag: '"mE0c3vJt8bq1sXw2.j"', version: 2, layer: "production", revision: 3 },
};

test("a problem becomes the error of its reason, with its details and its text", () => {
  const error = errorOfProblem(ETAG_MISMATCH);

  expect(error).toMatchObject({
    reason: "ETAG_MISMATCH",
    kind: "stale",
    message: "production/ml-service/db-url is at v2, your precondition was for v1",
    details: {
      current: { etag: '"mE0c3vJt8bq1sXw2.j"', version: 2, layer: "production", revision: 3 },
      errors: [{ pointer: "/operations/1", code: "ETAG_MISMATCH", detail: "is at v2" }],
      hint: "read it again and repeat with the new ETag",
    },
  });
});

test("CLI-23 the document is kept as it came, member by member in their order", () => {
  const problem = problemOf(errorOfProblem(ETAG_MISMATCH));

  expect(JSON.stringify(problem)).toBe(JSON.stringify(ETAG_MISMATCH));
});

test("ERR-01 shown again by another surface it says the same", () => {
  const { type, instance, requestId } = ETAG_MISMATCH;
  const typeBase = type.replace("etag-mismatch", "");

  const shown = toProblem(errorOfProblem(ETAG_MISMATCH), { typeBase, instance, requestId });

  expect(shown).toEqual(ETAG_MISMATCH);
});

test("a reason of a later version is INTERNAL and keeps its text", () => {
  const error = errorOfProblem({ ...ETAG_MISMATCH, reason: "MOON_IN_THE_WAY" });

  expect(error.reason).toBe("INTERNAL");
  expect(error.message).toContain("your precondition was for v1 (MOON_IN_THE_WAY)");
  expect(problemOf(error)?.reason).toBe("MOON_IN_THE_WAY");
});

test.each(["CONFIRMATION_REQUIRED", "__proto__", "toString", 7, null])(
  "a document cannot claim the reason %j, which is no server's to give",
  (reason) => {
    expect(errorOfProblem({ ...ETAG_MISMATCH, reason }).reason).toBe("INTERNAL");
  },
);

test.each([
  [401, "UNAUTHENTICATED"],
  [404, "NOT_FOUND"],
  [431, "INTERNAL"],
  [502, "OFFLINE_MISS"],
  [504, "OFFLINE_MISS"],
])("status %d without a document is %s, and names the address", (status, reason) => {
  const error = errorOfStatus(status, "http://127.0.0.1:7420");

  expect(error.reason).toBe(reason);
  expect(error.message).toContain("http://127.0.0.1:7420");
  expect(problemOf(error)).toBeUndefined();
});

test("only a server says when to try again", () => {
  const draining = new LlmcfgError("DRAINING", "x", { retryAfter: 5 });
  const limited = new LlmcfgError("RATE_LIMITED", "x", { retryAfter: 2 });
  const away = new LlmcfgError("OFFLINE_MISS", "x", { retryAfter: 1 });
  const broken = new LlmcfgError("INTERNAL", "x", {});

  expect([draining, limited, away, broken].map(retryAfterOf)).toEqual([5, 2, undefined, undefined]);
});

test("an error of anybody else has no problem document", () => {
  expect(
    problemOf(new LlmcfgError("INTERNAL", "x", {}, { cause: new Error("y") })),
  ).toBeUndefined();
  expect(problemOf("x")).toBeUndefined();
});
