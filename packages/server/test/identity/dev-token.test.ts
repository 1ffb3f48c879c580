import { expect, test } from "vitest";
import { createDevToken } from "../../src/modules/identity/bootstrap.ts";
import { callerOf, createSa, recordsOf, setUp } from "./set-up.ts";

test("a development server has one token of its own, however often it starts", async () => {
  const set = setUp();
  const starts = [];
  for (let start = 0; start < 3; start++) {
    starts.push(await createDevToken(set.deps, "default"));
  }

  const tokens = await set.stores.identity.listTokens("default");

  expect(tokens.map(({ id }) => id)).toEqual([starts[2]?.token.id]);
});

test("the token of an earlier start lets nobody in, one that was just used included", async () => {
  const set = setUp();
  const earlier = await createDevToken(set.deps, "default");
  await callerOf(set, earlier.text);

  const latest = await createDevToken(set.deps, "default");

  await expect(callerOf(set, earlier.text)).rejects.toMatchObject({ reason: "UNAUTHENTICATED" });
  expect((await callerOf(set, latest.text)).actor.principal).toBe("user:dev");
});

test("LAW-07 the end of an earlier token is on record, before the token that follows it", async () => {
  const set = setUp();
  const earlier = await createDevToken(set.deps, "default");

  const latest = await createDevToken(set.deps, "default");

  const records = await recordsOf(set);
  expect(records.map(({ action, resource }) => [action, resource])).toEqual([
    ["token.create", earlier.token.id],
    ["token.revoke", earlier.token.id],
    ["token.create", latest.token.id],
  ]);
  expect(records[1]).toMatchObject({
    outcome: "allowed",
    details: { kind: "dev", name: "dev", principal: "user:dev" },
  });
  expect(JSON.stringify(records)).not.toContain(earlier.text.slice(-20));
});

test("other tokens stay", async () => {
  const set = setUp();
  const { text } = await createSa(set, "deployer", [{ role: "viewer", scope: "**" }]);

  await createDevToken(set.deps, "default");

  expect((await callerOf(set, text)).actor.principal).toBe("sa:deployer");
});
