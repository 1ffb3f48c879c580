import { inspect } from "node:util";
import { isSecretRef, literalSecret, revealText } from "@llmcfg/config";
import { expect, test } from "vitest";
import { isSameSecret } from "../src/values/secret-handle.ts";

const CANARY = "sk-canary-7391";

test("SEC-6 no way of printing a handle shows the secret", () => {
  const handle = literalSecret(CANARY);
  const holder = { key: handle };

  const shown = [
    String(handle),
    `the key ${handle.toString()}`,
    JSON.stringify(holder),
    inspect(holder, { showHidden: true, depth: 9 }),
    inspect(holder, { customInspect: false, showHidden: true, depth: 9 }),
    JSON.stringify(structuredClone(holder)),
    JSON.stringify(Object.getOwnPropertyDescriptors(handle)),
    JSON.stringify({ ...handle }),
  ].join("\n");

  expect(shown).not.toContain(CANARY);
  expect(String(handle)).toBe("[literal]");
  expect(JSON.stringify(holder)).toBe('{"key":"[literal]"}');
});

test("SEC-6 what asks for the secret gets it, and its buffer is overwritten", async () => {
  const handle = literalSecret(CANARY);
  let lent: Uint8Array = new Uint8Array();

  const length = await handle.withBytes((bytes) => {
    lent = bytes;
    return bytes.length;
  });

  expect(length).toBe(CANARY.length);
  expect(lent.every((byte) => byte === 0)).toBe(true);
  expect(await handle.reveal()).toBe(CANARY);
  expect(await revealText(handle)).toBe(CANARY);
  expect(await revealText("plain")).toBe("plain");
});

test("SEC-6 an object that looks like a handle is none", () => {
  const handle = literalSecret(CANARY);
  const copy = Object.create(Object.getPrototypeOf(handle) as object) as object;

  expect(isSecretRef(handle)).toBe(true);
  expect(isSecretRef(copy)).toBe(false);
  expect(isSecretRef({ kind: "literal", reference: "[literal]" })).toBe(false);
  expect(isSecretRef(null)).toBe(false);
});

test("DIF-6 literals are the same if their bytes are", () => {
  const [one, same, other] = ["a", "a", "b"].map(literalSecret);

  expect(isSameSecret(one as never, same as never)).toBe(true);
  expect(isSameSecret(one as never, other as never)).toBe(false);
});
