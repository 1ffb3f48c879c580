import { createHash, createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LlmcfgError, SecretBytes } from "@llmcfg/core";
import { describe, expect, test } from "vitest";
import {
  createSigningKey,
  fingerprintOf,
  hashValue,
  openValue,
  sealValue,
  signText,
  verifierKeyOf,
} from "../../src/modules/keys/envelope.ts";
import type { SealAddress } from "../../src/modules/keys/ports.ts";
import {
  additionalDataOf,
  formatSealedValue,
  MAX_PLAINTEXT_BYTES,
  parseSealedValue,
  type Suite,
} from "../../src/modules/keys/sealed-value.ts";
import { openByTheBook } from "./open-by-the-book.ts";

describe("the vector of a sealed value", () => {
  const vector = read("sealed-value.json") as SealedVector;
  const key = keyOf(vector.namespaceKey);

  test.each(vector.suites)("K1 of suite $suite opens", (expected) => {
    const sealed = vectorText(vector, expected);

    using opened = openValue(key, vector.address, parse(sealed));

    expect(textOf(opened)).toBe(vector.plaintext);
    expect(byteLengthOf(sealed)).toBe(vector.sealedBytes);
  });

  test.each(vector.suites)("K1 of suite $suite has the additional data of the text", (expected) => {
    const value = parse(vectorText(vector, expected));

    const additionalData = additionalDataOf(value, vector.address);

    expect(additionalData).toHaveLength(vector.additionalDataBytes);
    expect(createHash("sha256").update(additionalData).digest("hex")).toBe(
      expected.additionalDataSha256,
    );
  });
});

test.each<readonly [suite: Suite, length: number]>([
  [1, 0],
  [1, 10],
  [1, 100_000],
  [2, 0],
  [2, 10],
  [2, 100_000],
])("what suite %i seals of %i bytes is opened by a second implementation", (suite, length) => {
  const plaintext = Buffer.alloc(length, "sk-example");

  const sealed = sealValue(namespaceKey(), suite, ADDRESS, plaintext);

  expect(byteLengthOf(sealed)).toBe(length + 144);
  expect(openByTheBook(NAMESPACE_KEY, ADDRESS, sealed)).toEqual(plaintext);
});

test("K2 no two seals share a data key, a message id or a commitment", () => {
  const count = 1_000;

  const seals = Array.from({ length: count }, () =>
    parse(sealValue(namespaceKey(), 1, ADDRESS, Buffer.from("sk-example"))),
  );

  for (const part of ["wrappedDataKey", "messageId", "commitment"] as const) {
    expect(new Set(seals.map((seal) => hex(seal[part]))).size).toBe(count);
  }
});

test("a plaintext above 1.5 MiB is refused, one of exactly that is not", () => {
  const largest = Buffer.alloc(MAX_PLAINTEXT_BYTES);

  const sealed = sealValue(namespaceKey(), 1, ADDRESS, largest);

  expect(byteLengthOf(sealed)).toBe(1_572_864 + 144);
  expect(() =>
    sealValue(namespaceKey(), 1, ADDRESS, Buffer.alloc(MAX_PLAINTEXT_BYTES + 1)),
  ).toThrow(expect.objectContaining({ reason: "VALUE_TOO_LARGE" }));
});

test.each([
  ["an id of an item that is too short", { itemId: "01a2" }],
  ["an id of an item that is not hex", { itemId: "zz".repeat(16) }],
])("%s is refused on entry", (_name, change) => {
  const seal = () => sealValue(namespaceKey(), 1, { ...ADDRESS, ...change }, Buffer.from("x"));

  expect(seal).toThrow(LlmcfgError);
});

test.each([0, -1, 1.5, 2 ** 53])("version %d is refused on entry", (version) => {
  const seal = () => sealValue(namespaceKey(), 1, { ...ADDRESS, version }, Buffer.from("x"));

  expect(seal).toThrow(TypeError);
});

describe("the vectors of keyed hashes", () => {
  const vector = read("keyed-hashes.json") as HashVector;

  test.each(vector.values)("L7 of $value hold", ({ value, hash }) => {
    expect(hashValue(keyOf(vector.hmacKey), vector, value)).toBe(hash);
  });

  test("L7 of a fingerprint holds", () => {
    const { value, fingerprint } = vector.fingerprinted;

    expect(fingerprintOf(keyOf(vector.fingerprintKey), value)).toBe(fingerprint);
  });

  test("L7 values of every type, and of every name of a member, hash differently", () => {
    const key = keyOf(vector.hmacKey);
    const values = [
      null,
      false,
      true,
      0,
      1,
      "",
      "0",
      "1",
      "null",
      "false",
      "[]",
      new Uint8Array(),
      Buffer.from("1"),
      [],
      [null],
      ["1"],
      {},
      { a: "1" },
      { b: "1" },
      { a: { b: "1" } },
    ];

    const hashes = values.map((value) => hashValue(key, vector, value));
    const fingerprints = values.map((value) => fingerprintOf(key, value));

    expect(new Set(hashes).size).toBe(values.length);
    expect(new Set(fingerprints).size).toBe(values.length);
  });

  test("L7 equal values in two items or tenants hash differently, equal objects alike", () => {
    const key = keyOf(vector.hmacKey);
    const of = (tenant: string, itemId: string) => hashValue(key, { tenant, itemId }, "sk-old");

    const other = of("other", vector.itemId);

    expect(
      new Set([of("default", vector.itemId), other, of("default", "00".repeat(16))]).size,
    ).toBe(3);
    expect(hashValue(key, vector, { a: 1, b: 2 })).toBe(hashValue(key, vector, { b: 2, a: 1 }));
  });
});

describe("the vector of a signed note", () => {
  const vector = read("checkpoint-note.json") as NoteVector;
  const key = createSigningKey(new SecretBytes(Buffer.from(vector.privateKey, "hex")));

  test("is signed to the byte", () => {
    expect(signText(key, vector.origin, vector.text)).toBe(vector.note);
  });

  test("has the verifier key", () => {
    expect(verifierKeyOf(key, vector.origin)).toBe(vector.verifierKey);
  });

  test("a text whose last line is open is refused", () => {
    expect(() => signText(key, vector.origin, "llmcfg/default\n1")).toThrow(TypeError);
  });
});

const NAMESPACE_KEY = Buffer.alloc(32, 7);
const ADDRESS: SealAddress = {
  tenant: "default",
  env: "production",
  service: "ml-service",
  key: "inference/secrets/api-key",
  itemId: "01a202c0f64b7e5f8a9bacbdcedf0102",
  version: 7,
  class: "secret",
};

interface SuiteVector {
  readonly suite: Suite;
  readonly commitment: string;
  readonly additionalDataSha256: string;
  readonly ciphertext: string;
  readonly tag: string;
}

interface SealedVector {
  readonly namespaceKey: string;
  readonly namespaceKeyId: string;
  readonly namespaceKeyVersion: number;
  readonly messageId: string;
  readonly address: SealAddress;
  readonly plaintext: string;
  readonly additionalDataBytes: number;
  readonly sealedBytes: number;
  readonly wrappedDataKey: string;
  readonly suites: readonly SuiteVector[];
}

interface HashVector {
  readonly hmacKey: string;
  readonly fingerprintKey: string;
  readonly tenant: string;
  readonly itemId: string;
  readonly values: readonly { value: string; hash: string }[];
  readonly fingerprinted: { value: string; fingerprint: string };
}

interface NoteVector {
  readonly privateKey: string;
  readonly origin: string;
  readonly verifierKey: string;
  readonly text: string;
  readonly note: string;
}

function namespaceKey() {
  return { id: "ab".repeat(16), version: 1, key: createSecretKey(NAMESPACE_KEY) };
}

function vectorText(vector: SealedVector, of: SuiteVector): string {
  return formatSealedValue({
    suite: of.suite,
    keyId: Buffer.from(vector.namespaceKeyId, "hex"),
    keyVersion: vector.namespaceKeyVersion,
    wrappedDataKey: Buffer.from(vector.wrappedDataKey, "hex"),
    messageId: Buffer.from(vector.messageId, "hex"),
    commitment: Buffer.from(of.commitment, "hex"),
    ciphertext: Buffer.from(of.ciphertext, "hex"),
    tag: Buffer.from(of.tag, "hex"),
  });
}

function parse(text: string) {
  const value = parseSealedValue(text);
  if (value === undefined) throw new Error("the sealed value does not parse");
  return value;
}

function byteLengthOf(sealed: string): number {
  return Buffer.from(sealed.replace("llmcfg1.", ""), "base64url").length;
}

function textOf(secret: SecretBytes): string {
  return secret.withBytes((bytes) => Buffer.from(bytes).toString("utf8"));
}

function keyOf(hexDigits: string) {
  return createSecretKey(Buffer.from(hexDigits, "hex"));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The files hold what the section named in them says. */
function read(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, "testdata", name), "utf8"));
}
