import { inspect } from "node:util";
import { SecretHandle } from "@llmcfg/client";
import { expect, test } from "vitest";

test("SDK-07 LAW-18 however a handle is printed, it shows (sensitive)", () => {
  const handle = new SecretHandle(() => Promise.resolve("s3cr3t"));

  const shown = [
    String(handle),
    handle.toString(),
    JSON.stringify({ handle }),
    inspect(handle),
    inspect({ handle }, { depth: 10, showHidden: true }),
    inspect(structuredClone({ handle }), { depth: 10 }),
    JSON.stringify(Object.entries(handle)),
  ];

  for (const text of shown) expect(text).not.toContain("s3cr3t");
  expect(shown.slice(0, 4)).toEqual([
    "(sensitive)",
    "(sensitive)",
    '{"handle":"(sensitive)"}',
    "(sensitive)",
  ]);
});

test("SDK-07 only asking for the text gives it", async () => {
  const handle = new SecretHandle(() => Promise.resolve("s3cr3t"));

  expect(await handle.reveal()).toBe("s3cr3t");
});
