import fc from "fast-check";
import { expect, test } from "vitest";
import { open, seal } from "../../src/store/envelope.ts";

const ADDRESS = { credential: "llmcfg_sa_0123", scope: "connect production/ml-service" };
const TEXT = new TextEncoder().encode('{"values":{"a":"größer"}}');

test("SDK-04 what was sealed opens again, of any length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (plaintext) => {
      expect(Buffer.from(open(seal(plaintext, ADDRESS), ADDRESS))).toEqual(Buffer.from(plaintext));
    }),
    { numRuns: 30 },
  );
});

test("SDK-04 the format is as it is written down: another implementation opens it", async () => {
  const sealed = seal(TEXT, ADDRESS);

  const opened = await openByWebCrypto(sealed, ADDRESS);

  expect(Buffer.from(sealed).subarray(0, 5).toString("latin1")).toBe("LLCS\u0001");
  expect(sealed).toHaveLength(5 + 32 + 32 + TEXT.length + 16);
  expect(new TextDecoder().decode(opened)).toBe('{"values":{"a":"größer"}}');
});

test("sealing the same twice gives nothing in common but the version", () => {
  const [first, second] = [seal(TEXT, ADDRESS), seal(TEXT, ADDRESS)].map((s) => Buffer.from(s));

  const parts = [
    [5, 37], // salt
    [37, 69], // commitment
    [69, 69 + TEXT.length], // ciphertext
  ] as const;
  for (const [from, to] of parts) {
    expect(first?.subarray(from, to)).not.toEqual(second?.subarray(from, to));
  }
});

test("D6 N6 whichever bit is flipped and wherever it is cut, it does not open", () => {
  const sealed = Buffer.from(seal(TEXT, ADDRESS));
  const broken = (change: (copy: Buffer) => Buffer) => () =>
    open(change(Buffer.from(sealed)), ADDRESS);
  const refusal = expect.objectContaining({ reason: "INTEGRITY_FAILED" }) as object; // a matcher

  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flip = broken((copy) => {
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return copy;
    });
    expect(flip).toThrow(refusal);
  }
  for (let length = 0; length < sealed.length; length++) {
    expect(broken((copy) => copy.subarray(0, length))).toThrow(refusal);
  }
  expect(broken((copy) => Buffer.concat([copy, Buffer.of(0)]))).toThrow(refusal);
});

test.each([
  ["another credential", { ...ADDRESS, credential: "llmcfg_sa_0124" }],
  ["another scope", { ...ADDRESS, scope: "connect production/other" }],
])("SDK-04 for %s it does not open, for the same reason as anything else", (_whose, address) => {
  const sealed = seal(TEXT, ADDRESS);

  const opening = () => open(sealed, address);

  expect(opening).toThrow(expect.objectContaining({ reason: "INTEGRITY_FAILED" }));
  expect(opening).toThrow("the stored state cannot be opened");
});

/** As the head of `envelope.ts` describes it, with nothing of it. */
async function openByWebCrypto(
  sealed: Uint8Array,
  { credential, scope }: typeof ADDRESS,
): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(sealed);
  const encoder = new TextEncoder();
  const secret = await crypto.subtle.importKey("raw", encoder.encode(credential), "HKDF", false, [
    "deriveBits",
  ]);
  const salt = bytes.slice(5, 37);
  const info = encoder.encode("LLCS1 last good state");
  const derived = await crypto.subtle.deriveBits(
    { name: "HKDF", hash: "SHA-512", salt, info },
    secret,
    76 * 8,
  );
  expect(Buffer.from(derived.slice(32, 64))).toEqual(Buffer.from(bytes.slice(37, 69)));

  const key = await crypto.subtle.importKey("raw", derived.slice(0, 32), "AES-GCM", false, [
    "decrypt",
  ]);
  const name = encoder.encode(scope);
  const length = new Uint8Array([0, 0, name.length >> 8, name.length & 255]);
  const additionalData = Buffer.concat([bytes.slice(0, 69), length, name]);
  const iv = derived.slice(64, 76);
  return crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, bytes.slice(69));
}
