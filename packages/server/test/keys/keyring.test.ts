import { createPublicKey, verify } from "node:crypto";
import { LlmcfgError, SecretBytes } from "@llmcfg/core";
import { describe, expect, test } from "vitest";
import { ephemeralKeyring } from "../../src/adapters/local-keyring/root-key.ts";
import { memoryStores } from "../../src/adapters/memory/stores.ts";
import { EnvelopeKeyring } from "../../src/modules/keys/keyring.ts";
import type { RootKey, SealAddress } from "../../src/modules/keys/ports.ts";

const HOUR_MS = 3_600_000;

test("what was sealed opens with the same bytes, by another process too", async () => {
  const { keyring, another } = setUp();

  const sealed = await keyring.seal(ADDRESS, secret("sk-example"));

  expect(await textAt(keyring, ADDRESS, sealed)).toBe("sk-example");
  expect(await textAt(another(), ADDRESS, sealed)).toBe("sk-example");
});

test("a namespace has one key, another namespace another one", async () => {
  const { keyring } = setUp();
  const elsewhere = { ...ADDRESS, service: "api-gateway" };

  const [first, second, other] = await Promise.all([
    keyring.seal(ADDRESS, secret("a")),
    keyring.seal({ ...ADDRESS, version: 8 }, secret("b")),
    keyring.seal(elsewhere, secret("c")),
  ]);

  expect(keyIdOf(second)).toBe(keyIdOf(first));
  expect(keyIdOf(other)).not.toBe(keyIdOf(first));
});

test("processes that need the first key of a namespace at once get the same one", async () => {
  const { another } = setUp();
  const processes = Array.from({ length: 8 }, another);

  const seals = await Promise.all(
    processes.map(async (process, i) => await process.seal(at(i + 1), secret(`${i}`))),
  );

  expect(new Set(seals.map(keyIdOf)).size).toBe(1);
  const opened = await Promise.all(
    seals.map(async (sealed, i) => await textAt(another(), at(i + 1), sealed)),
  );
  expect(opened).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
});

test("N4 a key is unwrapped once an hour, however many values are read", async () => {
  const { keyring, calls, time } = setUp();
  const sealed = await keyring.seal(ADDRESS, secret("sk-example"));

  await Promise.all(
    Array.from({ length: 100 }, async () => await textAt(keyring, ADDRESS, sealed)),
  );
  const before = calls.unwrap;
  time.ms += HOUR_MS - 1;
  await textAt(keyring, ADDRESS, sealed);
  const stillKept = calls.unwrap;
  time.ms += 1;
  await textAt(keyring, ADDRESS, sealed);

  expect(before).toBe(2); // once to seal, once to open
  expect(stillKept).toBe(2);
  expect(calls.unwrap).toBe(3);
});

test("N4 while the root key is away, kept keys serve and others answer SEALED until it is back", async () => {
  const { keyring, calls } = setUp();
  const sealed = await keyring.seal(ADDRESS, secret("sk-example"));
  await textAt(keyring, ADDRESS, sealed);

  calls.isAway = true;
  const kept = await textAt(keyring, ADDRESS, sealed);
  const other = keyring.seal({ ...ADDRESS, service: "api-gateway" }, secret("x"));
  await expect(other).rejects.toMatchObject({ reason: "SEALED" });
  calls.isAway = false;
  const back = await keyring.seal({ ...ADDRESS, service: "api-gateway" }, secret("x"));

  expect(kept).toBe("sk-example");
  expect(back).toMatch(/^llmcfg1\./);
});

test("a caller whose signal aborts does not wait for the root key, the others still get it", async () => {
  const { keyring, calls } = setUp();
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  calls.before = () => answered;
  const patience = new AbortController();

  const impatient = keyring.seal(ADDRESS, secret("a"), { signal: patience.signal });
  const patient = keyring.seal(ADDRESS, secret("b"));
  patience.abort();

  await expect(impatient).rejects.toMatchObject({ name: "AbortError" });
  answer();
  expect(await textAt(keyring, ADDRESS, await patient)).toBe("b");
});

test("hashes and fingerprints of a tenant are the same for every process, and not of another store", async () => {
  const { keyring, another } = setUp();
  const stranger = setUp().keyring;
  const item = ADDRESS.itemId;

  const hashes = await Promise.all(
    [keyring, another(), stranger].map(
      async (ring) => await ring.valueHash("default", item, "sk-example"),
    ),
  );
  const fingerprints = await Promise.all(
    [keyring, another(), stranger].map(
      async (ring) => await ring.fingerprint("default", "sk-example"),
    ),
  );

  expect(hashes[0]).toMatch(/^hmac:[0-9a-f]{64}$/);
  expect(fingerprints[0]).toMatch(/^[0-9a-f]{8}$/);
  expect([hashes[1], fingerprints[1]]).toEqual([hashes[0], fingerprints[0]]);
  expect(hashes[2]).not.toBe(hashes[0]);
  expect(fingerprints[2]).not.toBe(fingerprints[0]);
});

test("text is authenticated per purpose, without the root key", async () => {
  const { keyring, another, calls } = setUp();
  calls.isAway = true;

  const cursor = await keyring.authenticate("default", "cursor", "a");
  const again = await another().authenticate("default", "cursor", "a");
  const others = await Promise.all([
    keyring.authenticate("default", "etag", "a"),
    keyring.authenticate("default", "cursor", "b"),
    keyring.authenticate("default", "curso", "ra"),
  ]);

  expect(cursor).toHaveLength(32);
  expect(again).toEqual(cursor);
  for (const other of others) expect(other).not.toEqual(cursor);
});

test("a note is signed by the key that the verifier key names", async () => {
  const { keyring, another } = setUp();
  const text = "llmcfg/default\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

  const note = await keyring.signNote("default", "llmcfg/default", text);
  const verifierKey = await another().verifierKey("default", "llmcfg/default");

  const [, keyId = "", key = ""] = verifierKey
    .split("+", 2)
    .concat(verifierKey.split("+").slice(2).join("+"));
  const signature = Buffer.from(note.split(" ").at(-1) ?? "", "base64");
  const x = Buffer.from(key, "base64").subarray(1).toString("base64url");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  expect(note.startsWith(`${text}\n— llmcfg/default `)).toBe(true);
  expect(signature.subarray(0, 4).toString("hex")).toBe(keyId);
  expect(verify(undefined, Buffer.from(text), publicKey, signature.subarray(4))).toBe(true);
});

describe("at the start of a server", () => {
  test("K9 the root key of the store is taken, of a new store any", async () => {
    const { keyring, another } = setUp();

    await keyring.requireRootKey("default");

    await expect(another().requireRootKey("default")).resolves.toBeUndefined();
  });

  test("K9 another root key is refused, and both are named", async () => {
    const { keyring, keyStore, rootKey } = setUp();
    await keyring.requireRootKey("default");
    const wrong = ephemeralKeyring();

    const start = ringOf({ keyStore, rootKey: wrong }).requireRootKey("default");

    await expect(start).rejects.toMatchObject({
      reason: "INTEGRITY_FAILED",
      message: `the root key is ${wrong.keyId}, the store belongs to ${rootKey.keyId}`,
    });
  });

  test("K9 another root key that claims the right id is refused too", async () => {
    const { keyring, keyStore, rootKey } = setUp();
    await keyring.requireRootKey("default");
    const wrong = ephemeralKeyring();
    const liar: RootKey = {
      keyId: rootKey.keyId,
      wrap: wrong.wrap.bind(wrong),
      unwrap: wrong.unwrap.bind(wrong),
    };

    const start = ringOf({ keyStore, rootKey: liar }).requireRootKey("default");

    await expect(start).rejects.toMatchObject({ reason: "INTEGRITY_FAILED" });
  });

  test("a key of another deployment with the same root key is refused", async () => {
    const { keyring, keyStore, rootKey } = setUp();
    await keyring.requireRootKey("default");

    const start = ringOf({ keyStore, rootKey }, "other").requireRootKey("default");

    await expect(start).rejects.toMatchObject({ reason: "INTEGRITY_FAILED" });
  });
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

function at(version: number): SealAddress {
  return { ...ADDRESS, version };
}

/** A store, a root key that can be counted and taken away, and processes that use both. */
function setUp() {
  const { keys: keyStore } = memoryStores();
  const real = ephemeralKeyring();
  const calls = { unwrap: 0, isAway: false, before: async () => {} };
  const rootKey: RootKey = {
    keyId: real.keyId,
    async wrap(...given) {
      await calls.before();
      if (calls.isAway) throw new LlmcfgError("SEALED", "the root key is away", { retryAfter: 5 });
      return await real.wrap(...given);
    },
    async unwrap(...given) {
      calls.unwrap++;
      if (calls.isAway) throw new LlmcfgError("SEALED", "the root key is away", { retryAfter: 5 });
      return await real.unwrap(...given);
    },
  };
  const time = { ms: 0 };
  const another = () => ringOf({ keyStore, rootKey }, "test", () => time.ms);
  return { keyStore, rootKey: real, calls, time, another, keyring: another() };
}

function ringOf(
  parts: Pick<ConstructorParameters<typeof EnvelopeKeyring>[0], "keyStore" | "rootKey">,
  deployment = "test",
  monotonicMs = () => 0,
) {
  return new EnvelopeKeyring(
    { ...parts, clock: { nowMs: () => 1_000 } },
    { deployment, monotonicMs },
  );
}

function secret(text: string): SecretBytes {
  return new SecretBytes(Buffer.from(text));
}

async function textAt(keyring: EnvelopeKeyring, address: SealAddress, sealed: string) {
  using opened = await keyring.open(address, sealed);
  return opened.withBytes((bytes) => Buffer.from(bytes).toString());
}

/** Bytes 4 to 20 of a sealed value. */
function keyIdOf(sealed: string): string {
  return Buffer.from(sealed.slice("llmcfg1.".length), "base64url").subarray(4, 20).toString("hex");
}
