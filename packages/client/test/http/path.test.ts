import { describe, expect, test } from "vitest";
import { keyPath, resourcePath, withQuery } from "../../src/http/path.ts";

const at = (key: string) => ({ env: "production", service: "ml-service", key });

describe("API-13 the path of a key", () => {
  test.each([
    ["inference/model.config", "/v1/configs/production/ml-service/inference/model.config"],
    ["a%2Fb", "/v1/configs/production/ml-service/a%252Fb"],
    ["größe/ß ?#&", "/v1/configs/production/ml-service/gr%C3%B6%C3%9Fe/%C3%9F%20%3F%23%26"],
    ["...", "/v1/configs/production/ml-service/..."],
  ])("of %s has each segment encoded once", (key, path) => {
    expect(keyPath("configs", at(key))).toBe(path);
  });

  test.each(["", "a//b", "a/../b", "./a", "a/", "a\u0000b", "a/*", "\ud800"])(
    "of %j, which a URL would not carry as it is, is refused before anything is sent",
    (key) => {
      expect(() => keyPath("configs", at(key))).toThrow(
        expect.objectContaining({ reason: "INVALID_KEY" }),
      );
    },
  );
});

test("an id that would climb out of its place is refused", () => {
  expect(resourcePath("agents", "gateway/1")).toBe("/v1/agents/gateway%2F1");
  expect(() => resourcePath("agents", "..")).toThrow(/not a name/);
});

test("a query has what is given, and nothing for what is not", () => {
  expect(withQuery("/v1/x", { a: 0, b: undefined, c: true, d: "p q/é" })).toBe(
    "/v1/x?a=0&c=true&d=p+q%2F%C3%A9",
  );
  expect(withQuery("/v1/x", { a: undefined })).toBe("/v1/x");
});
