import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { type GetBundle, getBundle } from "../../src/modules/configs/get-bundle.ts";
import { callerWith, openWorld, put, type World, write } from "./open-world.ts";

test("the hash of a bundle is over the lines of its keys, sorted by path", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/b", 2), put("base/svc/a", 1)]);

  const { hash } = await bundle(world);

  // SHA-256 of the texts 1 and 2, as `printf 1 | sha256sum` says
  const lines =
    "production/svc/a\tsha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b\n" +
    "production/svc/b\tsha256:d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35\n";
  expect(hash).toBe(`sha256:${createHash("sha256").update(lines).digest("hex")}`);
});

test("a nested bundle has a folder for each segment, whatever it is called", async () => {
  const world = openWorld();
  await write(world, [
    put("base/svc/a/b/c", 1),
    put("base/svc/a/toString", 2),
    put("base/svc/d", 3),
  ]);

  const { values } = await bundle(world, { shape: "nested" });

  expect(JSON.stringify(values)).toBe('{"a":{"b":{"c":1},"toString":2},"d":3}');
});

test.each(["/", "a//", "../", "a/constructor/", "*"])(
  "a prefix that no key begins with is refused: %s",
  async (prefix) => {
    const world = openWorld();
    await write(world, [put("base/svc/a", 1)]);

    const asked = bundle(world, { namespace: { env: "base", service: "svc", prefix } });

    await expect(asked).rejects.toMatchObject({ reason: "INVALID_KEY" });
  },
);

test("values that the caller may not read are not there, and a prefix selects", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a/x", 1), put("base/svc/a/y", 1), put("base/svc/b", 1)]);
  const caller = callerWith("viewer@*/svc/a/x", "viewer@*/svc/b", "auditor");

  const mine = await bundle(world, { caller });
  const below = await bundle(world, { namespace: { env: "base", service: "svc", prefix: "a/" } });

  expect(Object.keys(mine.values)).toEqual(["a/x", "b"]);
  expect(Object.keys(below.values)).toEqual(["a/x", "a/y"]);
});

test("of the secrets those are revealed that the caller may see, each on record", async () => {
  const world = openWorld();
  await write(world, [
    put("base/svc/secrets/mine", "one"),
    put("base/svc/secrets/theirs", "two"),
    put("base/svc/url", "u:${secret:secrets/theirs}"),
  ]);
  const caller = callerWith("viewer", "secret-reader@*/svc/secrets/mine");

  const { values, redacted } = await bundle(world, { caller, reveal: true });

  expect(values).toEqual({ "secrets/mine": "one" });
  expect(redacted).toEqual(["secrets/theirs", "url"]);
  expect(world.recorded).toMatchObject([
    { action: "secret.reveal", path: "production/svc/secrets/mine", outcome: "allowed" },
  ]);
});

test("a service that the caller sees nothing of is answered like one that is not there", async () => {
  const world = openWorld();
  await write(world, [put("base/svc/a", 1)]);
  const typo = { env: "production", service: "svcs", prefix: "" };

  const missing = bundle(world, { namespace: typo });
  const hidden = bundle(world, { caller: callerWith("viewer@*/other/**") });
  const empty = await bundle(world, { namespace: { ...typo, service: "svc", prefix: "none/" } });

  await expect(missing).rejects.toMatchObject({
    reason: "SERVICE_NOT_FOUND",
    details: { suggestions: ["svc"] },
  });
  await expect(hidden).rejects.toMatchObject({
    reason: "SERVICE_NOT_FOUND",
    message: "production/svc holds nothing at revision 2",
    details: { suggestions: [] },
  });
  expect(empty.values).toEqual({});
});

async function bundle(world: World, over: Partial<GetBundle> = {}) {
  const { view } = await getBundle(world.deps, {
    caller: callerWith(),
    namespace: { env: "production", service: "svc", prefix: "" },
    references: "expand",
    shape: "flat",
    withMeta: false,
    reveal: false,
    ...over,
  });
  return view;
}
