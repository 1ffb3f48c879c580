import { createHash } from "node:crypto";
import { isLlmcfgError, parsePath } from "@llmcfg/core";
import { expect, test } from "vitest";
import { mayFollowFor } from "../../src/modules/configs/item-rights.ts";
import type { EffectiveOptions } from "../../src/modules/configs/ports.ts";
import { openValue } from "../../src/modules/configs/sealed-values.ts";
import {
  callerWith,
  openWorld,
  put,
  remove,
  TENANT,
  type World,
  withMethods,
  write,
} from "./open-world.ts";

test("what one layer alone gives has the hash it was stored with", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", { b: 1 }), put("staging/svc/a", { b: 2 })]);

  const effective = await at(world, "production/svc/a");

  expect(effective).toMatchObject({
    value: { b: 2 },
    isComposed: false,
    hash: effective?.winner.hash,
    fingerprint: undefined,
  });
});

test("a merged object and an expanded text have the hash of what they are", async () => {
  const world = openWorld();
  await write(world, [
    put("base/svc/a", { x: 1, y: 1 }),
    put("production/svc/a", { y: 2 }),
    put("base/svc/host", "db"),
    put("base/svc/url", "http://${ref:host}/"),
  ]);

  const merged = await at(world, "production/svc/a");
  const expanded = await at(world, "production/svc/url");

  expect(merged?.hash).toBe(sha('{"x":1,"y":2}'));
  expect(merged?.newest.ref.env).toBe("production");
  expect(expanded?.hash).toBe(sha('"http://db/"'));
});

test("a secret by reference hides the value, and its hash moves with the secret", async () => {
  const world = openWorld();
  await write(world, [
    put("base/svc/secrets/pw", "one"),
    put("base/svc/url", "pg://u:${secret:secrets/pw}@h"),
    put("base/svc/twin", "pg://u:${secret:secrets/pw}@h"),
  ]);
  const before = await at(world, "production/svc/url");
  const twin = await at(world, "production/svc/twin");

  await write(world, [put("base/svc/secrets/pw", "two")]);
  const after = await at(world, "production/svc/url");
  const opened = await at(world, "production/svc/url", opening(world));

  expect(before).toMatchObject({ isSensitive: true, value: undefined });
  expect(before?.hash).toMatch(/^hmac:[0-9a-f]{64}$/);
  expect(twin?.hash).not.toBe(before?.hash);
  expect(twin?.fingerprint).toBe(before?.fingerprint);
  expect(after?.hash).not.toBe(before?.hash);
  expect(after?.fingerprint).not.toBe(before?.fingerprint);
  expect(opened).toMatchObject({ value: "pg://u:two@h", hash: after?.hash });
});

test("references inside a sealed value are followed, and nothing of it leaves unopened", async () => {
  const world = openWorld();
  await write(world, [
    put("base/svc/host", "db1"),
    put("base/svc/secrets/dsn", "pg://s3cr3t@${ref:host}"),
  ]);
  const before = await at(world, "staging/svc/secrets/dsn");

  const change = await write(world, [put("base/svc/host", "db2")]);
  const after = await at(world, "staging/svc/secrets/dsn");
  const opened = await at(world, "staging/svc/secrets/dsn", opening(world));

  expect(JSON.stringify([before, after])).not.toContain("s3cr3t");
  expect(before?.hash).not.toBe(after?.hash);
  expect(change.writes[0]?.effects.map(({ env, key }) => `${env}/${key}`)).toContain(
    "staging/secrets/dsn",
  );
  expect(opened).toMatchObject({ value: "pg://s3cr3t@db2", hash: after?.hash });
});

test("a reader without the right on what a reference leads to gets the text that is written", async () => {
  const world = openWorld();
  await write(world, [put("base/other/host", "db"), put("base/svc/url", "${ref://other/host}:80")]);
  const { access } = callerWith("viewer@*/svc/**");

  const restricted = await at(world, "base/svc/url", { mayFollow: mayFollowFor(access) });
  const kept = await at(world, "base/svc/url", { references: "keep" });

  expect(restricted?.value).toBe("${ref://other/host}:80");
  expect(kept?.value).toBe("${ref://other/host}:80");
});

test("API-20 the past is resolved with the layers and references of then", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/host", "old"), put("base/svc/url", "${ref:host}")]);
  await write(world, [put("base/svc/host", "new"), remove("base/svc/url"), put("base/svc/c", 1)]);

  const then = await world.deps.reader.bundle(TENANT, namespace("production"), { at: 2 });
  const now = await world.deps.reader.bundle(TENANT, namespace("production"));

  expect(then.revision).toBe(2);
  expect(then.entries.map(({ ref, value }) => [ref.key, value])).toEqual([
    ["host", "old"],
    ["url", "old"],
  ]);
  expect(now.revision).toBe(3);
  expect(now.entries.map(({ ref }) => ref.key)).toEqual(["c", "host"]);
});

test("a bundle is sorted bytewise by service and key, and leaves out masks and tombstones", async () => {
  const world = openWorld();
  await write(world, [
    put("base/b/a", 1),
    put("base/a/Z", 1),
    put("base/a/a", 1),
    put("base/a/a-b", 1),
    put("base/a/gone", 1),
    put("base/a/é", 1),
  ]);
  await write(world, [remove("base/a/gone"), remove("staging/a/a", "mask")]);

  const read = async (env: string) => {
    const all = { env, service: undefined, prefix: "" };
    const { entries } = await world.deps.reader.bundle(TENANT, all);
    return entries.map(({ ref }) => `${ref.service}/${ref.key}`);
  };

  expect(await read("base")).toEqual(["a/Z", "a/a", "a/a-b", "a/é", "b/a"]);
  expect(await read("production")).toEqual(["a/Z", "a/a-b", "a/é", "b/a"]);
});

test("an answer is of the one revision it names, whatever is committed while it is read", async () => {
  let isFirst = true;
  const world: World = openWorld((store) =>
    withMethods(store, {
      currentVersions: async (tenant, select, options) => {
        const items = await store.currentVersions(tenant, select, options);
        if (isFirst && select.keys?.includes("url") === true) {
          isFirst = false;
          await write(world, [put("base/svc/host", "new"), put("base/svc/url", "new ${ref:host}")]);
        }
        return items;
      },
    }),
  );
  isFirst = false;
  await write(world, [put("base/svc/host", "old"), put("base/svc/url", "old ${ref:host}")]);
  isFirst = true;

  const { revision, effective } = await world.deps.reader.entry(TENANT, parsePath("base/svc/url"));

  expect([revision, effective?.value]).toEqual([3, "new new"]);
});

test("an environment that there is not is named with the near ones", async () => {
  const world = openWorld();

  const error = await world.deps.reader
    .entry(TENANT, parsePath("prodction/svc/a"))
    .catch((thrown: unknown) => thrown);

  expect(isLlmcfgError(error, "ENV_NOT_FOUND") && error.details.suggestions).toEqual([
    "production",
  ]);
});

async function at({ deps }: World, path: string, options?: EffectiveOptions) {
  const { effective } = await deps.reader.entry(TENANT, parsePath(path), options);
  return effective;
}

function opening({ keyring }: World): EffectiveOptions {
  return { open: (item) => openValue(keyring, TENANT, item) };
}

function namespace(env: string) {
  return { env, service: "svc", prefix: "" };
}

function sha(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
