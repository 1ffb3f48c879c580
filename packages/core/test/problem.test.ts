import { LlmcfgError, toProblem } from "@llmcfg/core";
import { expect, test } from "vitest";

const context = {
  typeBase: "http://127.0.0.1:7420/docs/errors/",
  instance: "/v1/configs/production/ml-service/db-url",
  requestId: "req_01JD8Z5W3M6Q0V4T9N2K7B1C8X",
};

test("API-01 the document of 04 §3, member for member in its order", () => {
  const current = { etag: '"mE0c3vJt8bq1sXw2.j"', version: 2, layer: "production", revision: 3 };
  const detail = "production/ml-service/db-url is at v2, your precondition was for v1";

  const problem = toProblem(
    new LlmcfgError("ETAG_MISMATCH", detail, { current, errors: [] }),
    context,
  );

  expect(JSON.stringify(problem)).toBe(
    JSON.stringify({
      type: "http://127.0.0.1:7420/docs/errors/etag-mismatch",
      title: "The value changed since you read it",
      status: 412,
      detail: "production/ml-service/db-url is at v2, your precondition was for v1",
      instance: "/v1/configs/production/ml-service/db-url",
      reason: "ETAG_MISMATCH",
      requestId: "req_01JD8Z5W3M6Q0V4T9N2K7B1C8X",
      errors: [],
      hint: "read it again and repeat with the new ETag",
      current: {
        etag: '"mE0c3vJt8bq1sXw2.j"',
        version: 2,
        layer: "production",
        revision: 3,
      },
    }),
  );
});

test("a finding has all its members in order, null where it has no value", () => {
  const finding = { line: 3, code: "UNKNOWN_FIELD", pointer: "/vale", suggestion: "value" };
  const error = new LlmcfgError("UNKNOWN_FIELD", "no such member", {
    errors: [{ ...finding, detail: "is not known" }],
  });

  expect(JSON.stringify(toProblem(error, context).errors)).toBe(
    '[{"pointer":"/vale","code":"UNKNOWN_FIELD","detail":"is not known","expected":null,' +
      '"suggestion":"value","file":null,"line":3,"column":null}]',
  );
});

test("a hint of the case takes the place of the reason's, and comes before the details", () => {
  const error = new LlmcfgError("BLAST_RADIUS", "it would be created", {
    effectsHidden: 1,
    effects: [],
    hint: "repeat with confirm=true, or pin it",
  });

  const problem = toProblem(error, context);

  expect(problem.hint).toBe("repeat with confirm=true, or pin it");
  expect(Object.keys(problem).slice(7)).toEqual(["errors", "hint", "effects", "effectsHidden"]);
});

test("a reason without a hint has none, and details come in the order of the reason", () => {
  const details = {
    path: "production/ml-service/a",
    permission: "config:write",
    rule: "default-deny",
  };

  const problem = toProblem(new LlmcfgError("POLICY_DENIED", "no", details), context);

  expect(Object.keys(problem).slice(7)).toEqual(["errors", "rule", "permission", "path"]);
});

test("X3 suggestions are there when there are none, too", () => {
  const error = new LlmcfgError("KEY_NOT_FOUND", "it does not exist", { suggestions: [] });

  expect(toProblem(error, context)).toMatchObject({ status: 404, suggestions: [] });
});

test("problems that the CLI makes itself are named by a URN", () => {
  const error = new LlmcfgError("WAIT_TIMEOUT", "two agents did not answer", {});

  expect(toProblem(error, { ...context, typeBase: "urn:llmcfg:error:" })).toMatchObject({
    type: "urn:llmcfg:error:wait-timeout",
    status: 504,
  });
});

test("ERR-04 an error that is not ours becomes a problem that says nothing of it", () => {
  const problem = toProblem(new Error("password=hunter2 refused"), context);

  expect(problem).toMatchObject({ status: 500, reason: "INTERNAL", errors: [] });
  expect(JSON.stringify(problem)).not.toContain("hunter2");
});

test("ERR-04 neither the cause nor a detail that no reason has leaves the product", () => {
  const details = { retryAfter: 5, query: "select hunter2", stack: "hunter2" };
  const error = new LlmcfgError("SEALED", "the key service does not answer", details, {
    cause: new Error("hunter2"),
  });

  const problem = toProblem(error, context);

  expect(problem).toMatchObject({ status: 503, retryAfter: 5 });
  expect(JSON.stringify(problem)).not.toContain("hunter2");
});
