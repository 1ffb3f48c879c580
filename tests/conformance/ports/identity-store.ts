import { describe, expect, test } from "vitest";
import type { Binding, StoredToken } from "../../../packages/server/src/modules/identity/ports.ts";
import { sealedRecord } from "./drafts.ts";
import type { OpenStores } from "./opened-stores.ts";

/** What every IdentityStore promises. Each engine's test runs this against the real thing. */
export function testIdentityStore(name: string, open: OpenStores): void {
  describe(`${name} as an IdentityStore`, () => {
    test("a token is found by its handle, with its bindings, as it was made", async () => {
      await using stores = await open();
      const { identity } = stores;
      const limited: StoredToken = {
        ...token(2),
        limitedTo: [{ role: "viewer", scope: "base/é/**" }],
        expiresAtMs: 9_000,
        lastUsedAtMs: 60_000,
      };

      await identity.createToken(token(1), [binding(2), binding(1)], []);
      await identity.createToken(limited, [{ ...binding(3), principal: "user:bob" }], []);

      expect(await identity.findToken(token(1).handle)).toStrictEqual(token(1));
      expect(await identity.findToken(limited.handle)).toStrictEqual(limited);
      expect(await identity.findToken("nobodys")).toBeUndefined();
      const bindings = await identity.bindingsOf("default", "sa:deployer");
      expect(bindings).toStrictEqual([binding(1), binding(2)]);
      expect(await identity.bindingsOf("nobody", "sa:deployer")).toEqual([]);
    });

    test("tokens are listed newest first, of their tenant alone", async () => {
      await using stores = await open();
      for (const n of [2, 1, 3]) await stores.identity.createToken(token(n), [], []);
      await stores.identity.createToken({ ...token(4), createdAtMs: token(3).createdAtMs }, [], []);

      const tokens = await stores.identity.listTokens("default");

      expect(tokens.map(({ id }) => id)).toEqual([4, 3, 2, 1].map((n) => token(n).id));
      expect(await stores.identity.listTokens("nobody")).toEqual([]);
    });

    test("LAW-07 a token comes with the record that says so", async () => {
      await using stores = await open();
      const records = [sealedRecord(), sealedRecord()];

      await stores.identity.createToken(token(1), [], records);

      const stored = await stores.audit.recordsFrom("default", 0, 10);
      expect(stored).toStrictEqual(records.map((record, seq) => ({ ...record, seq })));
    });

    test.each<[string, StoredToken, readonly Binding[], boolean]>([
      ["a record that is there already", token(2), [binding(2)], true],
      ["a handle that is taken", { ...token(2), handle: token(1).handle }, [binding(2)], false],
      ["an id that is taken", { ...token(2), id: token(1).id }, [binding(2)], false],
      ["a binding that is there already", token(2), [binding(2), binding(1)], false],
    ])(
      "LAW-07 a token that fails for %s leaves nothing behind",
      async (_name, made, bindings, isKnown) => {
        await using stores = await open();
        const { identity, audit } = stores;
        const record = sealedRecord();
        await identity.createToken(token(1), [binding(1)], [record]);

        const records = isKnown ? [sealedRecord(), record] : [sealedRecord()];
        const refusal = identity.createToken(made, bindings, records);

        await expect(refusal).rejects.toBeInstanceOf(Error);
        expect(await identity.listTokens("default")).toStrictEqual([token(1)]);
        expect(await identity.bindingsOf("default", "sa:deployer")).toStrictEqual([binding(1)]);
        expect(await audit.size("default")).toBe(1);
        expect(await audit.recordsFrom("default", 0, 10)).toHaveLength(1);
      },
    );

    test("LAW-07 tokens are taken away for good, with the record that says so", async () => {
      await using stores = await open();
      const { identity, audit } = stores;
      for (const n of [1, 2, 3]) await identity.createToken(token(n), [binding(n)], []);
      const record = sealedRecord();

      await identity.deleteTokens("default", [token(1).id, "tok_x", token(3).id], [record]);

      expect(await identity.listTokens("default")).toStrictEqual([token(2)]);
      expect(await identity.findToken(token(1).handle)).toBeUndefined();
      expect(await identity.bindingsOf("default", "sa:deployer")).toHaveLength(3);
      expect(await audit.recordsFrom("default", 0, 10)).toStrictEqual([{ ...record, seq: 0 }]);
    });

    test("tokens beyond what one statement takes are taken away too", async () => {
      await using stores = await open();
      const { identity } = stores;
      await identity.createToken(token(1), [], []);
      const unknown = Array.from({ length: 40_000 }, (_, n) => `tok_${n}`);

      await identity.deleteTokens("default", [...unknown, token(1).id], []);

      expect(await identity.listTokens("default")).toEqual([]);
    });

    test("LAW-07 where the record cannot be kept, no token is taken away", async () => {
      await using stores = await open();
      const { identity } = stores;
      const record = sealedRecord();
      await identity.createToken(token(1), [], [record]);

      const refusal = identity.deleteTokens("default", [token(1).id], [sealedRecord(), record]);

      await expect(refusal).rejects.toBeInstanceOf(Error);
      expect(await identity.listTokens("default")).toStrictEqual([token(1)]);
      expect(await stores.audit.size("default")).toBe(1);
      const nobodys = identity.deleteTokens("nobody", [token(1).id], []);
      await expect(nobodys).rejects.toMatchObject({ reason: "NOT_FOUND" });
    });

    test("the minute of the last use is noted, and never goes back", async () => {
      await using stores = await open();
      const { identity } = stores;
      await identity.createToken(token(1), [], []);

      const noted: (number | undefined)[] = [];
      for (const usedAtMs of [180_001, 239_999, 120_000, 240_000]) {
        await identity.touchToken("default", token(1).id, usedAtMs);
        noted.push((await identity.findToken(token(1).handle))?.lastUsedAtMs);
      }
      await identity.touchToken("default", "tok_x", 300_000);

      expect(noted).toEqual([180_000, 180_000, 180_000, 240_000]);
    });

    test("a principal gets an opaque id that stays, and is known by it", async () => {
      await using stores = await open();
      const { identity } = stores;

      const ada = await identity.actorId("default", "user:ada");
      const again = await identity.actorId("default", "user:ada");
      const deployer = await identity.actorId("default", "sa:deployer");

      expect(ada).toMatch(/^user#[0-9A-HJKMNP-TV-Z]{26}$/);
      expect(again).toBe(ada);
      expect(deployer).not.toBe(ada);
      const known = await identity.principals("default", [deployer, ada, "user#X"]);
      expect(known).toEqual(
        new Map([
          [ada, "user:ada"],
          [deployer, "sa:deployer"],
        ]),
      );
      expect(await identity.principals("default", [])).toEqual(new Map());
      expect(await identity.principals("nobody", [ada])).toEqual(new Map());
    });

    test("asking for an opaque id without making one makes none", async () => {
      await using stores = await open();
      const { identity } = stores;

      const before = await identity.findActorId("default", "user:ada");
      const made = await identity.actorId("default", "user:ada");

      expect(before).toBeUndefined();
      expect(await identity.findActorId("default", "user:ada")).toBe(made);
      expect(await identity.findActorId("nobody", "user:ada")).toBeUndefined();
    });

    test("all that ask for the id of a new principal at once get the same", async () => {
      await using stores = await open();

      const ids = await Promise.all(
        Array.from({ length: 16 }, () => stores.identity.actorId("default", "user:ada")),
      );

      expect(new Set(ids).size).toBe(1);
    });

    test("a tenant that does not exist is refused", async () => {
      await using stores = await open();
      const { identity } = stores;

      const creation = identity.createToken({ ...token(1), tenant: "nobody" }, [], []);
      await expect(creation).rejects.toMatchObject({ reason: "NOT_FOUND" });
      const id = identity.actorId("nobody", "user:ada");
      await expect(id).rejects.toMatchObject({ reason: "NOT_FOUND" });

      expect(await identity.findToken(token(1).handle)).toBeUndefined();
    });
  });
}

function token(n: number): StoredToken {
  return {
    tenant: "default",
    id: `tok_0000000000000000000000000${n}`,
    handle: `handle000000000${n}`,
    secretHash: new Uint8Array(32).fill(n),
    kind: "sa",
    name: `token ${n}`,
    principal: "sa:deployer",
    limitedTo: undefined,
    createdBy: "user:ada",
    createdAtMs: 1_000 + n,
    expiresAtMs: undefined,
    lastUsedAtMs: undefined,
  };
}

function binding(n: number): Binding {
  return {
    id: `bnd_0000000000000000000000000${n}`,
    principal: "sa:deployer",
    role: "editor",
    scope: `production/app-${n}/**`,
    expiresAtMs: n === 1 ? undefined : 5_000,
    mayGrant: n === 1 ? [] : ["viewer"],
  };
}
