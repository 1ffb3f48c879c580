import { createHmac } from "node:crypto";
import type { Json } from "@llmcfg/config";
import { expect, test } from "vitest";
import { type ManageOptions, manage } from "./support/manage.ts";

const KEY = "a key of the whole fleet";

test("AUD-7 without a key a literal secret counts only as one, whatever it is", async () => {
  const [one, other] = await Promise.all([checksumWith("secret-one"), checksumWith("secret-two")]);

  expect(one).toBe(other);
});

test("AUD-7 with a key another literal is another checksum, and replicas with the key agree", async () => {
  const options = { checksumKey: KEY };

  const one = await checksumWith("secret-one", options);

  expect(await checksumWith("secret-one", options)).toBe(one);
  expect(await checksumWith("secret-two", options)).not.toBe(one);
  expect(await checksumWith("secret-one", { checksumKey: `${KEY}, another` })).not.toBe(one);
  expect(await checksumWith("secret-one")).not.toBe(one);
});

test("AUD-7 a reference counts as its text, with or without a key", async () => {
  const text = "${env:KEY}";
  const first = { variables: { KEY: "secret-one" }, checksumKey: KEY };
  const second = { variables: { KEY: "secret-two" }, checksumKey: KEY };

  expect(await checksumWith(text, first)).toBe(await checksumWith(text, second));
});

test("AUD-7 the default of a variable counts as a literal does, beside the name of the variable", async () => {
  const keyed = { checksumKey: KEY };
  const [one, other] = ["${env:KEY:-secret-one}", "${env:KEY:-secret-two}"];
  const elsewhere = "${env:OTHER:-secret-one}";

  expect(await checksumWith(one)).toBe(await checksumWith(other));
  expect(await checksumWith(one, keyed)).not.toBe(await checksumWith(other, keyed));
  expect(await checksumWith(one, keyed)).not.toBe(await checksumWith(elsewhere, keyed));
});

test("AUD-7 AUD-6 neither the digest nor the key is in what a manager shows", async () => {
  await using managed = await manage(documentWith("secret-one"), { checksumKey: KEY });
  const { manager } = managed;
  await manager.set({ server: { host: "b" } });
  const digest = createHmac("sha256", KEY).update("secret-one").digest("hex");

  const shown = JSON.stringify([manager.history.list(), manager.status, manager.metrics()]);

  expect(shown).not.toContain(digest);
  expect(shown).not.toContain(KEY);
});

test("AUD-7 a key that can be guessed is refused", async () => {
  const making = manage({}, { checksumKey: "short" });

  await expect(making).rejects.toMatchObject({ code: "invalid_option" });
});

async function checksumWith(key: string, options: ManageOptions = {}): Promise<string> {
  await using managed = await manage(documentWith(key), options);
  return managed.manager.checksum;
}

function documentWith(key: string): Json {
  return { providers: [{ id: "a", key }] };
}
