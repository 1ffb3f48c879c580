import { expect, test } from "vitest";
import { looksSensitive } from "../../src/modules/configs/looks-sensitive.ts";

test.each([
  "sk-proj-abcdefghijklmnopqrst",
  "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
  "AKIAIOSFODNN7EXAMPLE",
  "-----BEGIN RSA PRIVATE KEY-----\nMIIB",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
  "postgres://ml:hunter2@db.internal/ml",
  "Zx8vB2nQ7mK4tR9wY1uE6iO3pA5sD0fG",
])("%s looks like a credential", (text) => {
  expect(looksSensitive({ nested: [text] })).toEqual(["/nested/0"]);
});

test.each([
  "postgres://db.internal/ml",
  "postgres://ml:${secret:db-password}@db.internal/ml",
  "https://example.com:8080/a@b",
  "sha256:624b60c58c9d8bfb6ff1886c2fd605d2adeb6ea4da576068201b6c6958ce93f4",
  "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
  "inference/model.config",
  "sk-short",
  30,
  null,
])("%s does not", (value) => {
  expect(looksSensitive(value)).toEqual([]);
});
