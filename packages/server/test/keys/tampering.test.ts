import { isLlmcfgError, SecretBytes } from "@llmcfg/core";
import { describe, expect, test } from "vitest";
import { ephemeralKeyring } from "../../src/adapters/local-keyring/root-key.ts";
import { memoryStores } from "../../src/adapters/memory/stores.ts";
import { EnvelopeKeyring } from "../../src/modules/keys/keyring.ts";
import type { SealAddress } from "../../src/modules/keys/ports.ts";
import type { Suite } from "../../src/modules/keys/sealed-value.ts";

const SUITES: readonly Suite[] = [1, 2];
const LENGTHS = [0, 10, 200];

describe.each(SUITES)("of suite %i", (suite) => {
  test.each(LENGTHS)("K3 no bit of a seal of %i bytes can be flipped", async (length) => {
    const { keyring, bytes } = await sealed(suite, length);

    const accepted: number[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      if (await opens(keyring, ADDRESS, flipped(bytes, bit))) accepted.push(bit);
    }

    expect(accepted).toEqual([]);
  });

  test.each(LENGTHS)("K3 no end of a seal of %i bytes can be cut off or added", async (length) => {
    const { keyring, bytes } = await sealed(suite, length);
    const texts = [
      ...Array.from(bytes, (_, end) => bytes.subarray(0, end)),
      ...Array.from(bytes, (_, start) => bytes.subarray(start + 1)),
      Buffer.concat([bytes, Buffer.of(0)]),
      Buffer.concat([Buffer.of(1), bytes]),
    ];

    const accepted: number[] = [];
    for (const text of texts) {
      if (await opens(keyring, ADDRESS, text)) accepted.push(text.length);
    }

    expect(accepted).toEqual([]);
  });

  test("K3 a tag of 4, 8 or 12 bytes is not taken for a whole one", async () => {
    const { keyring, bytes } = await sealed(suite, 100);

    const results = [4, 8, 12].map((kept) => opens(keyring, ADDRESS, bytes.subarray(0, kept - 16)));

    expect(await Promise.all(results)).toEqual([false, false, false]);
  });

  test("K3 the other suite does not open it", async () => {
    const { keyring, bytes } = await sealed(suite, 10);
    const swapped = Buffer.from(bytes);
    swapped.writeUInt16BE(suite === 1 ? 2 : 1, 1);

    expect(await opens(keyring, ADDRESS, swapped)).toBe(false);
  });

  test.each<readonly [name: string, change: Partial<SealAddress>]>([
    ["tenant", { tenant: "other" }],
    ["environment", { env: "staging" }],
    ["service", { service: "ml-servicf" }],
    ["key", { key: "inference/secrets/api-kez" }],
    ["item", { itemId: "01a202c0f64b7e5f8a9bacbdcedf0103" }],
    ["older version", { version: 6 }],
    ["newer version", { version: 8 }],
    ["class", { class: "person" }],
    [
      "boundary between namespace and key",
      { service: "ml-service/inference", key: "secrets/api-key" },
    ],
  ])("K3 it does not open under another %s", async (_name, change) => {
    const { keyring, bytes } = await sealed(suite, 10);

    expect(await opens(keyring, { ...ADDRESS, ...change }, bytes)).toBe(false);
    expect(await opens(keyring, ADDRESS, bytes)).toBe(true);
  });

  test("K3 a key that another tenant has under the same id does not open it", async () => {
    const { keyring, bytes, keys } = await sealed(suite, 10);
    const keyStore: typeof keys = Object.create(keys) as typeof keys; // the same, but for one method
    keyStore.findKeyVersion = async (_tenant, ...rest) =>
      await keys.findKeyVersion("default", ...rest);
    const other = new EnvelopeKeyring({ keyStore, rootKey, clock }, { deployment: "test" });

    expect(await opens(other, { ...ADDRESS, tenant: "other" }, bytes)).toBe(false);
    expect(await opens(keyring, ADDRESS, bytes)).toBe(true);
  });
});

test.each([
  ["padding", (text: string) => `${text}=`],
  ["the other alphabet", (text: string) => text.replaceAll("_", "/").replaceAll("-", "+")],
  ["a line feed", (text: string) => `${text}\n`],
  ["no prefix", (text: string) => text.slice("llmcfg1.".length)],
  ["another version's prefix", (text: string) => text.replace("llmcfg1.", "llmcfg2.")],
  ["the unused bits of the last digit", withOtherLastDigit],
])("a text with %s is refused, though the bytes are the same", async (_name, change) => {
  const { keyring, bytes } = await sealed(1, 11);
  const text = toText(bytes);

  const opening = keyring.open(ADDRESS, change(text));

  expect(change(text)).not.toBe(text);
  await expect(opening).rejects.toMatchObject({ reason: "INTEGRITY_FAILED" });
});

test("whatever is wrong, the error is the same", async () => {
  const { keyring, bytes } = await sealed(1, 10);
  const wrongs = [8, 200, 300, 600, 900, 1_100].map((bit) => toText(flipped(bytes, bit)));

  const errors = await Promise.all(
    ["", "llmcfg1.", ...wrongs].map(
      async (text) => await keyring.open(ADDRESS, text).catch((error: Error) => error),
    ),
  );

  const messages = errors.map((error) => (error instanceof Error ? error.message : "opened"));
  expect(new Set(messages)).toEqual(
    new Set(["production/ml-service/inference/secrets/api-key v7 fails its integrity check"]),
  );
});

const ADDRESS: SealAddress = {
  tenant: "default",
  env: "production",
  service: "ml-service",
  key: "inference/secrets/api-key",
  itemId: "01a202c0f64b7e5f8a9bacbdcedf0102",
  version: 7,
  class: "secret",
};

const clock = { nowMs: () => 1_000 };
const rootKey = ephemeralKeyring();

async function sealed(suite: Suite, length: number) {
  const { keys } = memoryStores();
  const keyring = new EnvelopeKeyring(
    { keyStore: keys, rootKey, clock },
    { deployment: "test", suite },
  );
  const text = await keyring.seal(ADDRESS, new SecretBytes(Buffer.alloc(length, "sk-example")));
  return { keyring, keys, bytes: Buffer.from(text.slice("llmcfg1.".length), "base64url") };
}

/** Whether it opens; a failure must be the one error. */
async function opens(
  keyring: EnvelopeKeyring,
  address: SealAddress,
  bytes: Uint8Array,
): Promise<boolean> {
  try {
    const opened = await keyring.open(address, toText(bytes));
    opened[Symbol.dispose]();
    return true;
  } catch (error) {
    if (isLlmcfgError(error, "INTEGRITY_FAILED")) return false;
    throw error;
  }
}

function toText(bytes: Uint8Array): string {
  return `llmcfg1.${Buffer.from(bytes).toString("base64url")}`;
}

function flipped(bytes: Uint8Array, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

/** 155 bytes end in a digit of which four bits count, so its neighbours decode to the same bytes. */
function withOtherLastDigit(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const other = alphabet.charAt(alphabet.indexOf(text.slice(-1)) ^ 1);
  return text.slice(0, -1) + other;
}
