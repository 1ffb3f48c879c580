import { describe, expect, test } from "vitest";
import type { WrappedKey } from "../../../packages/server/src/modules/keys/ports.ts";
import type { OpenStores } from "./opened-stores.ts";

/** What every KeyStore promises. Each engine's test runs this against the real thing. */
export function testKeyStore(name: string, open: OpenStores): void {
  describe(`${name} as a KeyStore`, () => {
    test("a key is found by what it is for, and by its id and version", async () => {
      await using stores = await open();
      const { keys } = stores;

      const ofNamespace = await keys.createNamespaceKey("default", "base/app", wrappedKey(1));
      const ofTenant = await keys.createTenantKey("default", "base/app", wrappedKey(2));

      expect([ofNamespace, ofTenant]).toStrictEqual([wrappedKey(1), wrappedKey(2)]);
      expect(await keys.findNamespaceKey("default", "base/app")).toStrictEqual(wrappedKey(1));
      expect(await keys.findTenantKey("default", "base/app")).toStrictEqual(wrappedKey(2));
      const { id, version } = wrappedKey(2);
      expect(await keys.findKeyVersion("default", id, version)).toStrictEqual(wrappedKey(2));
    });

    test("a key that is not there is not found", async () => {
      await using stores = await open();
      const { keys } = stores;
      const { id, version } = wrappedKey(1);
      await keys.createTenantKey("default", "root", wrappedKey(1));

      const found = await Promise.all([
        keys.findNamespaceKey("default", "root"),
        keys.findTenantKey("default", "roo_"),
        keys.findKeyVersion("default", id, version + 1),
        keys.findKeyVersion("nobody", id, version),
      ]);

      expect(found).toEqual([undefined, undefined, undefined, undefined]);
    });

    test("the first key for a namespace stays, and who comes later gets it", async () => {
      await using stores = await open();
      await stores.keys.createNamespaceKey("default", "base/app", wrappedKey(1));

      const second = await stores.keys.createNamespaceKey("default", "base/app", wrappedKey(2));

      expect(second).toStrictEqual(wrappedKey(1));
      const { id, version } = wrappedKey(2);
      expect(await stores.keys.findKeyVersion("default", id, version)).toBeUndefined();
    });

    test.each(["createNamespaceKey", "createTenantKey"] as const)(
      "of sixteen that call %s at once one wins, and all get the winner's key",
      async (create) => {
        await using stores = await open();
        const { keys } = stores;

        const made = await Promise.all(
          Array.from({ length: 16 }, (_, n) => keys[create]("default", "x", wrappedKey(n))),
        );

        expect(new Set(made.map((key) => key.id)).size).toBe(1);
        const kept = await Promise.all(
          Array.from({ length: 16 }, (_, n) => wrappedKey(n)).map(({ id, version }) =>
            keys.findKeyVersion("default", id, version),
          ),
        );
        expect(kept.filter((key) => key !== undefined)).toStrictEqual([made[0]]);
      },
    );

    test("no two keys have one id", async () => {
      await using stores = await open();
      await stores.keys.createNamespaceKey("default", "base/app", wrappedKey(1));

      const refusal = stores.keys.createTenantKey("default", "root", wrappedKey(1));

      await expect(refusal).rejects.toBeInstanceOf(Error);
      expect(await stores.keys.findTenantKey("default", "root")).toBeUndefined();
    });

    test("the service key is 32 random bytes that stay, and each caller's are its own", async () => {
      await using stores = await open();
      await using others = await open();

      const first = await stores.keys.serviceKey("default");
      const before = first.slice();
      first.fill(0);

      expect(await stores.keys.serviceKey("default")).toStrictEqual(before);
      expect(before).toHaveLength(32);
      expect(await others.keys.serviceKey("default")).not.toEqual(before);
    });

    test("a tenant that does not exist has no keys and gets none", async () => {
      await using stores = await open();

      const noTenant = { reason: "NOT_FOUND" };
      await expect(stores.keys.serviceKey("nobody")).rejects.toMatchObject(noTenant);
      const creation = stores.keys.createTenantKey("nobody", "root", wrappedKey(1));
      await expect(creation).rejects.toMatchObject(noTenant);
      expect(await stores.keys.findTenantKey("nobody", "root")).toBeUndefined();
    });
  });
}

function wrappedKey(n: number): WrappedKey {
  return {
    id: n.toString(16).padStart(32, "0"),
    version: 1,
    rootKeyId: "local:1",
    wrapped: new Uint8Array(40).fill(n),
    createdAtMs: 1_000 + n,
  };
}
