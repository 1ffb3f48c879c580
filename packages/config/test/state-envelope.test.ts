import { expect, test } from "vitest";
import { open, seal } from "../src/state/envelope.ts";

/** Made with pyca/cryptography (HKDF-SHA-512, AES-256-GCM): salt 00…1f, nonce 64…6f. */
const VECTOR = {
  stateKey: "mK0bq0mXy4x1cUu3mYc1b3V0b2Zfc3RhdGU=",
  scope: "holds 1 gateway",
  plaintext: '[{"source":"file:/etc/gateway/gateway.yaml"}]',
  envelope:
    "TExDRgEAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eH2RlZmdoaWprbG1ub+1ZcW+GJCXknRowcVbnmh2Q4WSzL3kig5UUB/7shOivIf3IKzNJ8b/LGa0pVOWBpBSHpjmouVNg03LjYyE=",
};
const address = { stateKey: VECTOR.stateKey, scope: VECTOR.scope };

test("BOOT-4 an envelope of another implementation of the format opens", () => {
  const plaintext = open(Buffer.from(VECTOR.envelope, "base64"), address);

  expect(new TextDecoder().decode(plaintext)).toBe(VECTOR.plaintext);
});

test("BOOT-4 what is sealed opens again, and no two envelopes have a salt or nonce in common", () => {
  const plaintext = new TextEncoder().encode("sk-canary");

  const [a, b] = [seal(plaintext, address), seal(plaintext, address)].map((one) =>
    Buffer.from(one),
  );

  expect(new TextDecoder().decode(open(a ?? Buffer.alloc(0), address))).toBe("sk-canary");
  expect(a?.subarray(5, 37)).not.toEqual(b?.subarray(5, 37));
  expect(a?.subarray(37, 49)).not.toEqual(b?.subarray(37, 49));
  expect(a?.includes("sk-canary")).toBe(false);
});

test("BOOT-4 an envelope with any bit changed, a part missing, another key or scope does not open", () => {
  const whole = Buffer.from(VECTOR.envelope, "base64");
  const flipped = [...whole.keys()].map((at) => {
    const copy = Buffer.from(whole);
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
    return copy;
  });
  const cut = [0, 4, 48, 64, whole.length - 1].map((end) => whole.subarray(0, end));

  for (const spoilt of [...flipped, ...cut]) {
    expect(() => open(spoilt, address)).toThrow("it does not open with this stateKey");
  }
  expect(() => open(whole, { ...address, stateKey: `${VECTOR.stateKey}=` })).toThrow(/stateKey/);
  expect(() => open(whole, { ...address, scope: "status 1 gateway" })).toThrow(/stateKey/);
});
