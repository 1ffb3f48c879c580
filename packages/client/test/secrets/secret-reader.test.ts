import { createClient } from "@llmcfg/client";
import { expect, test } from "vitest";
import type { ConfigRequests } from "../../src/requests/configs.ts";
import { SecretReader, textOfSecret } from "../../src/secrets/secret-reader.ts";
import { ENV, hashOfValue, SERVICE, Sensitive } from "../support/bundles.ts";
import { ControlPlane } from "../support/control-plane.ts";

const REF = { env: ENV, service: SERVICE, key: "secrets/key" };
const hashOf = (text: string) => hashOfValue(new Sensitive(text));

test("API-14 a secret is read once for each value, and again when its hash is another", async () => {
  await using plane = await ControlPlane.start({ "secrets/key": new Sensitive("one") });
  const reader = new SecretReader(createClient({ addr: plane.url }));

  const first = await reader.reveal({ ref: REF, hash: hashOf("one") });
  await reader.reveal({ ref: REF, hash: hashOf("one") });
  plane.commit({ "secrets/key": new Sensitive("two") });
  const second = await reader.reveal({ ref: REF, hash: hashOf("two") });

  expect([first.value, second.value]).toEqual(["one", "two"]);
  expect(plane.requests.map(({ url }) => url)).toEqual([
    "/v1/configs/production/ml-service/secrets/key?reveal=true",
    "/v1/configs/production/ml-service/secrets/key?reveal=true",
  ]);
});

test("of many who ask at once one reads", async () => {
  await using plane = await ControlPlane.start({ "secrets/key": new Sensitive("one") });
  const reader = new SecretReader(createClient({ addr: plane.url }));

  const all = await Promise.all(
    Array.from({ length: 20 }, () => reader.reveal({ ref: REF, hash: hashOf("one") })),
  );

  expect(all.map(({ value }) => value)).toEqual(Array.from({ length: 20 }, () => "one"));
  expect(plane.requests).toHaveLength(1);
});

test("who knows of a newer value is not answered with what was asked for before it", async () => {
  const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  let asked = 0;
  const reader = new SecretReader({
    getConfig: async () => {
      const value = (await answers[asked++]?.promise) ?? "";
      const body = { value, version: 1, hash: hashOf(value), redacted: false };
      return { body } as Awaited<ReturnType<ConfigRequests["getConfig"]>>; // what is read of it
    },
  });

  const before = reader.reveal({ ref: REF, hash: hashOf("one") });
  const after = reader.reveal({ ref: REF, hash: hashOf("two") });
  const alike = reader.reveal({ ref: REF, hash: hashOf("two") });
  answers[0]?.resolve("one");
  answers[1]?.resolve("two");

  expect((await Promise.all([before, after, alike])).map(({ value }) => value)).toEqual([
    "one",
    "two",
    "two",
  ]);
  expect(asked).toBe(2);
});

test("one who gives up does not take the secret from the others", async () => {
  await using plane = await ControlPlane.start({ "secrets/key": new Sensitive("one") });
  const reader = new SecretReader(createClient({ addr: plane.url }));
  const impatient = new AbortController();

  const given = reader.reveal({ ref: REF, hash: undefined }, { signal: impatient.signal });
  const waiting = reader.reveal({ ref: REF, hash: undefined });
  impatient.abort(new Error("no more"));

  await expect(given).rejects.toThrow("no more");
  expect((await waiting).value).toBe("one");
});

test("without a known hash it is read each time, and from memory only while the server is away", async () => {
  const plane = await ControlPlane.start({ "secrets/key": new Sensitive("one") });
  const reader = new SecretReader(createClient({ addr: plane.url }));
  const place = { ref: REF, hash: undefined };

  await reader.reveal(place);
  await reader.reveal(place);
  const { length } = plane.requests;
  await plane[Symbol.asyncDispose]();

  expect(length).toBe(2);
  expect((await reader.reveal(place)).value).toBe("one");
});

test("SDK-05 what is known to be another value is not answered with the old one", async () => {
  const plane = await ControlPlane.start({ "secrets/key": new Sensitive("one") });
  const reader = new SecretReader(createClient({ addr: plane.url }));
  await reader.reveal({ ref: REF, hash: hashOf("one") });
  await plane[Symbol.asyncDispose]();

  const answer = reader.reveal({ ref: REF, hash: hashOf("two") });

  await expect(answer).rejects.toMatchObject({ reason: "OFFLINE_MISS" });
});

test("what is forgotten is read again", async () => {
  await using plane = await ControlPlane.start({ "secrets/key": new Sensitive("one") });
  const reader = new SecretReader(createClient({ addr: plane.url }));
  const place = { ref: REF, hash: hashOf("one") };
  await reader.reveal(place);

  reader.forget([REF]);
  await reader.reveal(place);
  reader.forget();
  await reader.reveal(place);

  expect(plane.requests).toHaveLength(3);
});

test("a secret that is no string is JSON as text", () => {
  expect(textOfSecret("s")).toBe("s");
  expect(textOfSecret({ user: "u", n: 1 })).toBe('{"user":"u","n":1}');
});
