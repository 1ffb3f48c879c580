import { execFile } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import {
  ConfigLoader,
  ConfigValidator,
  createManager,
  type Located,
  type Position,
} from "@llmcfg/config";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { parseHere, type TextParseOptions } from "../src/formats/packed-text.ts";
import type { Format, ParsedText } from "../src/formats/parse-text.ts";
import { TextParser } from "../src/formats/text-parser.ts";
import { plainPosition } from "../src/formats/text-position.ts";
import type { Span } from "../src/sources/located.ts";
import { Folder } from "./support/folder.ts";
import { gatewaySchema } from "./support/gateway-schema.ts";
import { until } from "./support/until.ts";

/** Everything goes through the thread. */
const threaded = new TextParser({ workerAboveBytes: -1 });
afterAll(async () => threaded[Symbol.asyncDispose]());

const scalar = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, -0, "1.10", "017", "no", "\u2028", "😀"),
);
const { document } = fc.letrec<{ document: unknown; value: unknown }>((tie) => ({
  document: fc.dictionary(fc.string(), tie("value"), { minKeys: 1, maxKeys: 6 }),
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    tie("document"),
  ),
}));

test("LOAD-18 what the thread parses is what is parsed in process: values, spelling, every position", async () => {
  await fc.assert(
    fc.asyncProperty(document, fc.constantFrom("yaml", "json" as const), async (value, format) => {
      const text = format === "yaml" ? stringify(value) : JSON.stringify(value, undefined, 1);

      const { given, expected } = await parseBoth(text, format);
      expect(given).toStrictEqual(expected);
    }),
    { numRuns: 40 },
  );
  expect(threaded.isThreaded).toBe(true);
});

test("LOAD-18 LOAD-12 what the thread parses of a remote document has the positions that a parse in process gives it", async () => {
  const at = { kind: "remote", url: "https://store", key: "a/g.yaml", revision: "7" } as const;
  const about = { ...at, layer: "base", author: "user:ada", at: "2026-11-25T12:00:00Z" };
  const bytes = Buffer.from("a: 1\nb: {n: 1.10, s: [text, 0x1F]}\n");
  const options = { format: "yaml", origin: about } as const;

  const given = await threaded.parse(bytes, options);

  const b = given.state === "ok" ? given.tree.entries.get("b") : undefined;
  const place = b?.at.kind === "remote" ? b.at : undefined;
  const { url, key, revision, layer, author, at: since, line, column } = place ?? {};
  expect({ kind: "remote", url, key, revision, layer, author, at: since }).toEqual(about);
  expect([line, column]).toEqual([2, 4]);
  expect(plain(given)).toStrictEqual(plain(parseHere(bytes, options)));
});

test("LOAD-18 texts that are no documents, and damaged ones, are the same from the thread too", async () => {
  await fc.assert(
    fc.asyncProperty(
      document,
      fc.nat(),
      fc.constantFrom("{", "}", "]", "- ", ": ", "&a ", "*a", "\t", "\u0000", "\n---\n", ""),
      fc.constantFrom("yaml", "json", "toml"),
      async (value, at, piece, format) => {
        const text = stringify(value);
        const place = at % (text.length + 1);

        const damaged = text.slice(0, place) + piece + text.slice(place);
        const { given, expected } = await parseBoth(damaged, format);
        expect(given).toStrictEqual(expected);
      },
    ),
    { numRuns: 40 },
  );
});

test.each([
  ["yaml", "a: &x {n: 1.10, s: [.inf, -.inf, 0x1F, -0]}\nb: *x\nc: {<<: *x, t: ~}\n? d\n"],
  ["toml", 'a = 1_000\nb = 2026-01-01T00:00:00Z\n[[c]]\nd = {e = 1.50}\n[[c]]\n"f.g" = true\n'],
  ["json", '{"a": 1.10, "b": {"c": [], "d": {}}, "e": -0, "\\ud800": "\\udc00"}'],
  ["yaml", "# nothing\n"],
  ["yaml", "a: 1\na: 2\n"],
  ["yaml", "- 1\n"],
  ["json", `${'{"a":'.repeat(70)}1${"}".repeat(70)}`],
] as const)(
  "LOAD-18 CFG-5 %s keeps its peculiarities through the thread: %s",
  async (format, text) => {
    const { given, expected } = await parseBoth(text, format);

    expect(given).toStrictEqual(expected);
  },
);

test.each([
  ["is not UTF-8", Uint8Array.of(0x61, 0x3a, 0x20, 0xff), "yaml", {}],
  ["is too large", "a: 1\n".repeat(3), "yaml", { maxBytes: 10 }],
  ["has too many values", "[1, 2, 3]", "json", { maxNodes: 2 }],
] as const)("LOAD-18 LOAD-7 text that %s is refused alike", async (_case, text, format, limits) => {
  const { given, expected } = await parseBoth(text, format, limits);

  expect(given).toStrictEqual(expected);
  expect(given).toMatchObject({ state: "malformed" });
});

test("LOAD-18 the event loop goes on while a large text is parsed", async () => {
  await using parser = new TextParser();
  await parser.parse(large(70_000), named("yaml")); // the thread starts
  let turns = 0;
  const turning = setInterval(() => turns++, 0);

  const parsed = await parser.parse(large(150_000), named("yaml"));

  clearInterval(turning);
  expect(parsed.state).toBe("ok");
  expect(turns).toBeGreaterThan(5); // in process it is a single one
});

test("LOAD-12 where the names of an object stand is told in any order, and of those alone that it has", async () => {
  const parsed = await threaded.parse(Buffer.from("b: 1\na:\n  c: 2\nd: 3\n"), named("yaml"));
  const names = parsed.state === "ok" ? parsed.tree.names : undefined;

  const lines = ["d", "a", "a", "c", "b", "d"].map((name) => lineOf(names?.get(name)?.at));

  expect(lines).toEqual([4, 2, 2, undefined, 1, 4]);
  expect([names?.size, names?.has("a"), names?.has("c")]).toEqual([3, true, false]);
  expect([...(names?.keys() ?? [])]).toEqual(["b", "a", "d"]);
  expect([...(names?.values() ?? [])].map(({ at }) => lineOf(at))).toEqual([1, 2, 4]);
  expect([...new Map(names)].map(([name, { at }]) => [name, lineOf(at)])).toEqual([
    ["b", 1],
    ["a", 2],
    ["d", 4],
  ]);
});

test("LOAD-18 small texts start no thread", async () => {
  await using parser = new TextParser();

  const parsed = await parser.parse(Buffer.from("a: 1\n".padEnd(64 * 1024)), named("yaml"));

  expect(parsed.state).toBe("ok");
  expect(parser.isThreaded).toBe(false);
});

test("LOAD-18 where there is no module for a thread, as in a bundle, texts are parsed in process", async () => {
  const workerUrl = pathToFileURL("/nowhere/parse-worker.js");
  await using parser = new TextParser({ workerUrl });

  const [one, two] = await Promise.all([
    parser.parse(large(70_000), named("yaml")),
    parser.parse(large(80_000), named("yaml")),
  ]);
  const three = await parser.parse(large(70_000), named("yaml"));

  expect([one, two, three].map(({ state }) => state)).toEqual(["ok", "ok", "ok"]);
  expect(parser.isThreaded).toBe(false);
});

test("LOAD-18 a thread that dies of one text gives it back: it is parsed in process, and the next ones too", async () => {
  await using folder = await Folder.create();
  const module = await folder.write(
    "dies.mjs",
    'import { parentPort } from "node:worker_threads";\nparentPort.on("message", () => process.exit(1));\n',
  );
  await using parser = new TextParser({ workerUrl: pathToFileURL(module) });

  const parsed = await parser.parse(large(70_000), named("yaml"));
  const next = await parser.parse(large(70_000), named("yaml"));

  expect([parsed.state, next.state]).toEqual(["ok", "ok"]);
});

test("LOAD-18 PRF-3 the first thread ends when it is idle; one that had to be started again stays", async () => {
  await using parser = new TextParser({ idleMs: 1 });
  await parser.parse(large(70_000), named("yaml"));
  await until("the end of the thread", () => !parser.isThreaded);

  const parsed = await parser.parse(large(70_000), named("yaml"));
  await new Promise((resolve) => setTimeout(resolve, 20)); // a timer of 1 ms would be over before

  expect(parsed.state).toBe("ok");
  expect(parser.isThreaded).toBe(true);
});

test("LOAD-18 what is not parsed when the parser ends is given up", async () => {
  const parser = new TextParser();
  const parsing = parser.parse(large(300_000), named("yaml")).catch((error: unknown) => error);

  await parser[Symbol.asyncDispose]();

  expect(await parsing).toMatchObject({ code: "stopped" });
  await expect(parser.parse(large(70_000), named("yaml"))).rejects.toMatchObject({
    code: "stopped",
  });
});

test("LOAD-18 LOAD-12 findings and explanations of a large file have plain positions, made on demand", async () => {
  await using folder = await Folder.create();
  const text = large(100_000).toString();
  const file = await folder.write("large.yaml", text);
  const line = text.split("\n").indexOf("  p7: {a: 7, b: text 7}") + 1;
  const loader = new ConfigLoader(gatewaySchema).addFile(file);
  const validator = new ConfigValidator(gatewaySchema);
  await using manager = await createManager({ loader, validator, watch: false });

  const [layer] = manager.explain("extensions.p7.b").layers;

  expect(layer?.position).toEqual({ kind: "file", file, line, column: 17 });
});

test("WAT-8 LOAD-18 a process that parsed in a thread ends by itself", async () => {
  const script = fileURLToPath(new URL("support/parse-and-end.ts", import.meta.url));

  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@llmcfg/source", script],
    { timeout: 25_000 },
  );

  expect(stdout).toBe("parsed in a thread: true\n");
});

async function parseBoth(
  text: string | Uint8Array,
  format: Format,
  limits?: TextParseOptions["limits"],
): Promise<{ readonly given: unknown; readonly expected: unknown }> {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const options = { ...named(format), limits };

  const given = plain(await threaded.parse(bytes, options));
  return { given, expected: plain(parseHere(bytes, options)) };
}

function named(format: Format): TextParseOptions {
  const origin = { kind: "file", file: "/etc/app/gateway", realPath: "/srv/app/gateway" } as const;
  return { format, origin };
}

/** With positions as they are handed out. */
function plain(parsed: ParsedText): unknown {
  return parsed.state === "ok" ? { ...parsed, tree: plainTree(parsed.tree) } : parsed;
}

function plainTree(tree: Located): unknown {
  const node = { ...tree, at: plainPosition(tree.at), span: plainSpan(tree.span) };
  if (tree.type === "scalar") return node;
  if (tree.type === "array") return { ...node, items: tree.items.map(plainTree) };
  return {
    ...node,
    entries: [...tree.entries].map(([name, value]) => [name, plainTree(value)]),
    names: [...(tree.names ?? [])].map(([name, { at, span }]): [string, Position, unknown] => {
      return [name, plainPosition(at), plainSpan(span)];
    }),
  };
}

function lineOf(position: Position | undefined): number | undefined {
  return position?.kind === "file" ? position.line : undefined;
}

function plainSpan(span: Span | undefined): Span | undefined {
  return span && { start: span.start, end: span.end };
}

function large(bytes: number): Buffer {
  const lines = ["extensions:"];
  for (let i = 0, length = 0; length < bytes; i++) {
    const line = `  p${i}: {a: ${i}, b: text ${i}}`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(`${lines.join("\n")}\n`);
}
