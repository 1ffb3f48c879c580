import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mappedKeys } from "../support/mapped-keys.ts";

const PAGE = new URL("../../../../docs/how-to/from-litellm.md", import.meta.url);

test("the page about LiteLLM names every key that is mapped, and where it goes", async () => {
  const page = readFileSync(PAGE, "utf8").replace(/ +\|/g, " |"); // columns are aligned
  const lines = page.split("\n");

  const rows = lines.filter((line) =>
    /^\| `(litellm_params|model_|router_|litellm_s|general_|environment_)/.test(line),
  );

  const expected = await mappedKeys();
  expect(rows).toEqual(expected.map((row) => row.replace(/ +\|/g, " |")));
});
