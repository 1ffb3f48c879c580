import { inspect } from "node:util";
import type { SecretMaterial, SecretsManager } from "@llmcfg/config/secrets";
import { describe, expect, test } from "vitest";

/** A manager over a backend that can be written. Paths are of lower-case letters and dashes. */
export interface OpenedSecrets extends AsyncDisposable {
  readonly manager: SecretsManager;
  /** A text of its own. @returns its version; nothing where the backend has none */
  put(path: string, text: string): Promise<string | undefined>;
  /** A secret with members. */
  putMembers(path: string, members: Readonly<Record<string, string>>): Promise<void>;
}

const CANARY = "sk-canary-3f9a1c";

/** What every SecretsManager promises. Each backend's test runs this against the real thing. */
export function testSecretsManager(name: string, open: () => Promise<OpenedSecrets>): void {
  describe(`${name} as a SecretsManager`, () => {
    test("SM-1 what was put is found, byte for byte", async () => {
      await using opened = await open();
      await opened.put("found-one", "sk-é-\n ünï ");

      using material = await opened.manager.getSecret("found-one");

      expect(textOf(material)).toBe("sk-é-\n ünï ");
    });

    test("SM-1 what is not there is a secret that was not found, which names the path", async () => {
      await using opened = await open();

      const error = await opened.manager.getSecret("never-put").catch((e: unknown) => e);

      expect(error).toMatchObject({ name: "ConfigError", code: "secret_not_found" });
      expect(String(error)).toMatch(/never[-_]put/i);
    });

    test("SM-1 a key reads one member of a structured secret; one it has not is not found", async () => {
      await using opened = await open();
      await opened.putMembers("with-members", { user: "ada", password: CANARY });

      using user = await opened.manager.getSecret("with-members", { key: "user" });
      const missing = opened.manager.getSecret("with-members", { key: "none" });

      expect(textOf(user)).toBe("ada");
      await expect(missing).rejects.toMatchObject({ code: "secret_not_found" });
    });

    test("SM-1 the newest version is read, older ones by their names; unknown ones are not found", async () => {
      await using opened = await open();
      const first = await opened.put("versioned", "one");
      const second = await opened.put("versioned", "two");

      using newest = await opened.manager.getSecret("versioned");

      expect(textOf(newest)).toBe("two");
      const unknown = opened.manager.getSecret("versioned", { version: "9999" });
      await expect(unknown).rejects.toMatchObject({ code: "secret_not_found" });
      if (first === undefined) return; // the backend has no versions
      using older = await opened.manager.getSecret("versioned", { version: first });
      expect([textOf(older), older.version, newest.version]).toEqual(["one", first, second]);
    });

    test("SM-9 getSecrets answers for each path, and one failure does not hide the others", async () => {
      await using opened = await open();
      await opened.put("each-one", "1");
      await opened.put("each-two", "2");

      const results = await opened.manager.getSecrets(["each-one", "not-there", "each-two"]);

      expect([...results.keys()]).toEqual(["each-one", "not-there", "each-two"]);
      const shown = [...results.values()].map((result) =>
        result instanceof Error ? "error" : textOf(result),
      );
      expect(shown).toEqual(["1", "error", "2"]);
    });

    test("SM-8 after a refresh the newest value is read", async () => {
      await using opened = await open();
      await opened.put("refreshed", "old");
      await opened.manager.getSecret("refreshed");

      await opened.put("refreshed", "new");
      await opened.manager.refresh();

      expect(textOf(await opened.manager.getSecret("refreshed"))).toBe("new");
    });

    test("SM-9 each caller has bytes of its own, which are overwritten when it is done", async () => {
      await using opened = await open();
      await opened.put("own-bytes", "abc");

      const first = await opened.manager.getSecret("own-bytes");
      const second = await opened.manager.getSecret("own-bytes");
      first[Symbol.dispose]();

      expect([[...first.bytes], textOf(second)]).toEqual([[0, 0, 0], "abc"]);
    });

    test("SEC-6 nothing that a secret holds is in an error, or in what is printed of it", async () => {
      await using opened = await open();
      await opened.putMembers("canary-members", { value: CANARY, other: CANARY });
      await opened.put("canary-text", CANARY);

      const material = await opened.manager.getSecret("canary-text");
      const errors = await Promise.all([
        opened.manager.getSecret("canary-members", { key: "none" }).catch((e: unknown) => e),
        opened.manager.getSecret("canary-text", { key: "none" }).catch((e: unknown) => e),
        opened.manager.getSecret("canary-text", { version: "9999" }).catch((e: unknown) => e),
      ]);

      expect(errors.every((error) => error instanceof Error)).toBe(true);
      const shown = inspect([...errors, material], { depth: 8 }) + JSON.stringify(material);
      expect(shown).not.toContain(CANARY);
    });

    test("SM-1 one who gives up hears of it, and the manager goes on", async () => {
      await using opened = await open();
      await opened.put("patient", "1");
      const signal = AbortSignal.abort(new Error("enough"));

      await opened.manager.getSecret("patient", { signal }).catch(() => {}); // either is right

      expect(textOf(await opened.manager.getSecret("patient"))).toBe("1");
    });

    test("SM-1 it can be ended more than once", async () => {
      await using opened = await open();
      await opened.put("ended", "1");
      await opened.manager.getSecret("ended");

      await opened.manager[Symbol.asyncDispose]();

      await expect(opened.manager[Symbol.asyncDispose]()).resolves.toBeUndefined();
    });
  });
}

function textOf({ bytes }: SecretMaterial): string {
  return new TextDecoder().decode(bytes);
}
