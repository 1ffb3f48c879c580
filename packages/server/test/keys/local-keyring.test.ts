import { createDecipheriv } from "node:crypto";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isLlmcfgError } from "@llmcfg/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLocalKeyring } from "../../src/adapters/local-keyring/open.ts";
import { ephemeralKeyring } from "../../src/adapters/local-keyring/root-key.ts";
import type { RootKey } from "../../src/modules/keys/ports.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "llmcfg-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

test("a new root key is 32 bytes that only their owner can read, and nothing else is left", async () => {
  const file = join(folder, "root.key");

  await openLocalKeyring(file, { create: true });

  const { mode, size } = await stat(file);
  expect((mode & 0o777).toString(8)).toBe("600");
  expect(size).toBe(32);
  expect(await readdir(folder)).toEqual(["root.key"]);
});

test("the key of a file is the same at each start, and named by its hash", async () => {
  const file = join(folder, "root.key");
  await writeFile(file, Buffer.alloc(32), { mode: 0o600 });

  const first = await openLocalKeyring(file, { create: false });
  const second = await openLocalKeyring(file, { create: true });

  // SHA-256 of 32 zero bytes begins with these
  expect(first.keyId).toBe("66687aadf862bd77");
  expect(await unwrapped(second, await first.wrap(KEY, CONTEXT))).toEqual(KEY);
});

test("what a first start left that was killed is taken away, but not what somebody is about to link", async () => {
  const file = join(folder, "root.key");
  await writeFile(file, Buffer.alloc(32), { mode: 0o600 });
  const [old, fresh] = [`${file}.0123456789ab.tmp`, `${file}.ba9876543210.tmp`];
  for (const draft of [old, fresh, `${file}.backup`, `${file}.other.tmp`]) {
    await writeFile(draft, Buffer.alloc(32), { mode: 0o600 });
    if (draft !== fresh) await utimes(draft, new Date(0), new Date(0));
  }

  await openLocalKeyring(file, { create: true });

  const kept = ["root.key", "root.key.ba9876543210.tmp", "root.key.backup", "root.key.other.tmp"];
  expect((await readdir(folder)).toSorted()).toEqual(kept);
});

test("of many that make the file at once, all get the same key", async () => {
  const file = join(folder, "root.key");

  const keys = await Promise.all(
    Array.from({ length: 8 }, async () => await openLocalKeyring(file, { create: true })),
  );

  expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(1);
  expect(await readdir(folder)).toEqual(["root.key"]);
});

test("a link to the file, as Kubernetes makes them, is followed", async () => {
  await writeFile(join(folder, "data"), Buffer.alloc(32), { mode: 0o600 });
  await symlink("data", join(folder, "root.key"));

  const key = await openLocalKeyring(join(folder, "root.key"), { create: false });

  expect(key.keyId).toBe("66687aadf862bd77");
});

test.each([
  ["is missing", async () => {}, "does not exist"],
  ["is readable by its group", putKey(32, 0o640), "has mode 0640, so others can read it"],
  ["is readable by everybody", putKey(32, 0o604), "has mode 0604, so others can read it"],
  ["is too short", putKey(31, 0o600), "has 31 bytes, not 32"],
  ["is too long", putKey(33, 0o600), "has 33 bytes, not 32"],
  [
    "is a folder",
    async (file: string) => await mkdir(file, { mode: 0o700 }),
    "is not a regular file",
  ],
])(
  "a root key file that %s is refused with its name and the way out",
  async (_name, put, fault) => {
    const file = join(folder, "root.key");
    await put(file);

    const error = await openLocalKeyring(file, { create: false }).catch((e: unknown) => e);

    expect(error).toMatchObject({
      reason: "INVALID_ARGUMENT",
      message: `the root key file ${file} ${fault}`,
      details: { errors: [{ file }] },
    });
    expect(isLlmcfgError(error) && error.details.hint).toBeTruthy();
  },
);

test("a file in a folder that is not there cannot be made, and says so", async () => {
  const file = join(folder, "away", "root.key");

  const opening = openLocalKeyring(file, { create: true });

  await expect(opening).rejects.toMatchObject({
    message: `the root key file ${file} cannot be made`,
  });
});

test("a key file is never changed by opening it", async () => {
  const file = join(folder, "root.key");
  await putKey(31, 0o600)(file);

  await openLocalKeyring(file, { create: true }).catch(() => {});

  expect(await readFile(file)).toEqual(Buffer.alloc(31, 7));
});

test("what is wrapped is version, nonce, AES-256-GCM with the canonical context, tag", async () => {
  const file = join(folder, "root.key");
  await putKey(32, 0o600)(file);
  const rootKey = await openLocalKeyring(file, { create: false });

  const wrapped = Buffer.from(await rootKey.wrap(KEY, { version: 1, product: "llmcfg" }));

  const decipher = createDecipheriv("aes-256-gcm", Buffer.alloc(32, 7), wrapped.subarray(1, 13));
  decipher.setAAD(Buffer.from('{"product":"llmcfg","version":1}'));
  decipher.setAuthTag(wrapped.subarray(-16));
  expect(wrapped).toHaveLength(1 + 12 + 32 + 16);
  expect(wrapped[0]).toBe(1);
  expect(Buffer.concat([decipher.update(wrapped.subarray(13, -16)), decipher.final()])).toEqual(
    KEY,
  );
});

test("two wraps of one key share no nonce", async () => {
  const rootKey = ephemeralKeyring();

  const wraps = await Promise.all(
    Array.from({ length: 100 }, async () => await rootKey.wrap(KEY, CONTEXT)),
  );

  expect(new Set(wraps.map((w) => Buffer.from(w.subarray(1, 13)).toString("hex"))).size).toBe(100);
});

test("K3 a wrapped key opens whole, with its context, under its root key, or not at all", async () => {
  const rootKey = ephemeralKeyring();
  const wrapped = await rootKey.wrap(KEY, CONTEXT);
  const flips = Array.from({ length: wrapped.length * 8 }, (_, bit) => flipped(wrapped, bit));
  const cuts = Array.from(wrapped, (_, end) => wrapped.subarray(0, end));

  const refusals = [
    ...[...flips, ...cuts].map(async (other) => await rootKey.unwrap(other, CONTEXT)),
    rootKey.unwrap(wrapped, { ...CONTEXT, version: 2 }),
    rootKey.unwrap(wrapped, { ...CONTEXT, tenant: "other" }),
    rootKey.unwrap(wrapped, { tenant: "default" }),
    ephemeralKeyring().unwrap(wrapped, CONTEXT),
  ];

  const results = await Promise.allSettled(refusals);
  expect(results.filter(({ status }) => status === "fulfilled")).toEqual([]);
  for (const result of results) {
    expect(result).toMatchObject({ reason: { reason: "INTEGRITY_FAILED" } });
  }
  expect(await unwrapped(rootKey, wrapped)).toEqual(KEY);
});

const KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
const CONTEXT = { tenant: "default", version: 1 };

function putKey(length: number, mode: number): (file: string) => Promise<void> {
  return async (file) => {
    await writeFile(file, Buffer.alloc(length, 7));
    await chmod(file, mode); // whatever the umask
  };
}

async function unwrapped(rootKey: RootKey, wrapped: Uint8Array): Promise<Buffer> {
  using key = await rootKey.unwrap(wrapped, CONTEXT);
  return key.withBytes((bytes) => Buffer.from(bytes));
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}
