import type { SourceRead } from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import type { StoreEntry } from "../../src/sources/remote/key-value-store.ts";
import { linesOf } from "../../src/sources/remote/lines-of.ts";
import { StoreContent, toFolder } from "../../src/sources/remote/store-content.ts";
import { toolsOf } from "../support/remote-tools.ts";

function entry(key: string, value: string | Uint8Array, revision = "1"): StoreEntry {
  return { key, value: typeof value === "string" ? Buffer.from(value) : value, revision };
}

async function readPrefix(...entries: readonly StoreEntry[]): Promise<SourceRead> {
  const place = { prefix: "llm/gateway" };
  return await new StoreContent({ url: "kv://test", place }, toolsOf()).toRead(entries, undefined);
}

function hashOf(read: SourceRead): string | undefined {
  return read.state === "ok" ? read.hash : undefined;
}

describe("keys below a prefix", () => {
  test("LOAD-16 a prefix is a folder, whether it ends with a slash or not", () => {
    expect(toFolder("llm/gateway")).toBe("llm/gateway/");
    expect(toFolder("llm/gateway/")).toBe("llm/gateway/");
  });

  test("LOAD-16 LOAD-13 neither order nor revision of keys changes the hash; the newest revision is named", async () => {
    const one = entry("llm/gateway/name", "one", "9");
    const port = entry("llm/gateway/server/port", "80", "10");

    const read = await readPrefix(one, port);
    const turned = await readPrefix(port, { ...one, revision: "7" });

    expect(read).toMatchObject({ state: "ok", revision: "10" });
    expect(hashOf(turned)).toBe(hashOf(read));
  });

  test("LOAD-16 what is cut at another place is other content", async () => {
    const read = await readPrefix(entry("llm/gateway/a", "bc"));
    const other = await readPrefix(entry("llm/gateway/ab", "c"));

    expect(hashOf(other)).not.toBe(hashOf(read));
  });

  test("LOAD-16 LOAD-17 folders without a value are left out; nothing but folders is missing", async () => {
    const folder = entry("llm/gateway/", "");
    const deeper = entry("llm/gateway/server/", "");

    const none = [await readPrefix(), await readPrefix(folder, deeper)];
    const states = none.map(({ state }) => state);
    const read = await readPrefix(folder, deeper, entry("llm/gateway/name", "one"));

    expect(states).toEqual(["missing", "missing"]);
    expect(
      read.state === "ok" && read.tree.type === "object" && [...read.tree.entries.keys()],
    ).toEqual(["name"]);
  });

  test.each([
    ["not_utf8", [entry("llm/gateway/name", Uint8Array.of(0xff))]],
    ["invalid_key", [entry("llm/gateway/a//b", "1")]],
    ["invalid_key", [entry("llm/gateway/__proto__/b", "1")]],
    ["invalid_key", [entry("llm/gateway/a/", "a folder with a value")]],
    ["key_conflict", [entry("llm/gateway/a", "1"), entry("llm/gateway/a/b", "2")]],
  ])("LOAD-16 %s is found where it is", async (code, entries) => {
    const read = await readPrefix(...entries);

    const position = { kind: "remote", url: "kv://test", key: entries[0]?.key };
    expect(read).toMatchObject({ state: "malformed", findings: [{ code, position }] });
  });
});

describe("lines of a body that goes on", () => {
  test.each([
    [["a\nb\n"], ["a", "b"]],
    [
      ["a", "b\nc", "\n"],
      ["ab", "c"],
    ],
    [["\n\n"], ["", ""]],
    [["a\nrest"], ["a", "rest"]],
    [[], []],
  ])("LOAD-9 %j is %j, however it is cut", async (chunks, lines) => {
    expect(await collect(chunks, 100)).toEqual(lines);
  });

  test("LOAD-9 a line that does not end is given up at the limit", async () => {
    await expect(collect(["abc", "def"], 5)).rejects.toThrow("more than 5 bytes");
  });
});

async function collect(chunks: readonly string[], maxBytes: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(streamOf(chunks), maxBytes)) {
    lines.push(Buffer.from(line).toString());
  }
  return lines;
}

async function* streamOf(chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}
