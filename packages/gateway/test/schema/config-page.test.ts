import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configPage } from "../../../../tools/config-page.ts";

const PAGE = join(import.meta.dirname, "../../../../docs/reference/gateway-config.md");

test("CFG-7 docs/reference/gateway-config.md is what the schema gives", () => {
  const page = readFileSync(PAGE, "utf8");

  expect(page, "write it anew with tools/write-config-reference.ts").toBe(configPage());
});
