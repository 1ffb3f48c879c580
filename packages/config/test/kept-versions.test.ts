import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  ConfigLoader,
  type ConfigManager,
  ConfigValidator,
  createManager,
  type Explanation,
  type Json,
} from "@llmcfg/config";
import fc from "fast-check";
import { expect, test } from "vitest";
import { showText } from "../src/history/hidden-text.ts";
import { KeptContent } from "../src/history/kept-content.ts";
import { applyDelta, ownText, textDelta } from "../src/history/text-delta.ts";
import { runSteps } from "../src/load/slices.ts";
import type { LayerContent } from "../src/load/source-state.ts";
import type { LocatedObject } from "../src/sources/located.ts";
import { Folder } from "./support/folder.ts";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";

const PATHS = [
  "server.host",
  "server.port",
  "metadata.owner",
  "providers[b].weight",
  "providers[b].name",
  "providers[a].key",
  "routing.strategy",
];

test("PRF-5 WHY-1 HIS-8 a version of the past is explained as it was when it ran", async () => {
  await using folder = await Folder.create();
  const motto = await folder.write("motto.txt", "first\n");
  await folder.write("below.yaml", "server: { host: below }\nmetadata: { owner: team }\n");
  await folder.write("gateway.yaml", documentWith({ motto, weight: 1 }));
  await using manager = await openManager(folder);
  const explained = [explanationsOf(manager)];
  const edits = [
    async () => await folder.save("gateway.yaml", documentWith({ motto, weight: 20, lines: 3 })),
    async () => await folder.save("below.yaml", "# moved\n\nserver: { host: other }\n"),
    async () => await folder.save("motto.txt", "second\n"),
    async () => await folder.save("gateway.yaml", documentWith({ motto, weight: 3 })),
  ];
  for (const edit of edits) {
    await edit();
    await manager.reload();
    explained.push(explanationsOf(manager));
  }

  const again = explained.map((_, i) => explanationsOf(manager, i + 1));

  expect(manager.version).toBe(5);
  expect(again).toEqual(explained);
});

test("PRF-5 HIS-5 a rollback goes to what is kept as a difference from later versions", async () => {
  await using folder = await Folder.create();
  const motto = await folder.write("motto.txt", "first\n");
  await folder.write("below.yaml", "{}\n");
  await folder.write("gateway.yaml", documentWith({ motto, weight: 1 }));
  await using manager = await openManager(folder);
  const { checksum } = manager;
  for (const weight of [20, 300, 4]) {
    await folder.save("gateway.yaml", documentWith({ motto, weight, lines: weight % 7 }));
    await manager.reload();
  }

  const { status } = await manager.rollback({ version: 1 });

  expect([status, manager.version, manager.checksum]).toEqual(["applied", 5, checksum]);
  const [layer] = manager.explain("providers[b].weight").layers;
  expect([layer?.value, layer?.position]).toMatchObject([1, { line: 7 }]);
});

test("PRF-5 REL-3 versions share what did not change: configuration and document, item by item", async () => {
  await using folder = await Folder.create();
  const motto = await folder.write("motto.txt", "first\n");
  await folder.write("below.yaml", "{}\n");
  await folder.write("gateway.yaml", documentWith({ motto, weight: 1 }));
  await using manager = await openManager(folder);
  await folder.save("gateway.yaml", documentWith({ motto, weight: 2, lines: 1 }));
  await manager.reload();
  const before = manager.current();
  await folder.save("gateway.yaml", documentWith({ motto, weight: 3 }));

  await manager.reload();

  const after = manager.current();
  expect(after.providers[0]).toBe(before.providers[0]);
  expect(after.providers[1]).not.toBe(before.providers[1]);
  expect(after.providers[1]?.models).toBe(before.providers[1]?.models);
  expect(after.routing).toBe(before.routing);
  const [second, first] = manager.history.list().map(documentedOf);
  expect(second?.providers[0]).toBe(first?.providers[0]);
  expect(second?.routing).toBe(first?.routing);
});

test("PRF-5 content that is shrunk lets go of its trees, and has them again when it is asked", async () => {
  const oldest = new KeptContent(contentOf("one two three"));
  const older = new KeptContent(contentOf("one 2 three"));
  const newest = new KeptContent(contentOf("ONE 2 three four"));
  const tree = new WeakRef(treeOf(oldest.whole()));

  runSteps(oldest.shrinkInSteps(older));
  runSteps(older.shrinkInSteps(newest));

  await collected(tree);
  expect(tree.deref()).toBeUndefined();
  expect(treeOf(oldest.whole()).entries.get("text")).toMatchObject({ value: "one two three" });
  const later = await older.wholeLater();
  expect(treeOf(later).entries.get("text")).toMatchObject({ value: "one 2 three" });
  expect(later).toMatchObject({ hash: "one 2 three", identity: "i" });
});

test("PRF-5 a text is what differs from another and what both have", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "\n", "é", "😀"), maxLength: 12 });

  fc.assert(
    fc.property(text, text, text, text, (front, middle, other, back) => {
      const [one, base] = [front + middle + back, front + other + back];
      const delta = textDelta(one, base);
      expect(applyDelta(delta, base)).toBe(one);
      const kept = delta.middle === undefined ? "" : showText(delta.middle);
      expect(kept.length).toBeLessThanOrEqual(middle.length);
    }),
  );
});

test("a text of its own is the same text, halves of surrogate pairs too", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      expect(ownText(text)).toBe(text);
    }),
    { numRuns: 30 },
  );
  expect(ownText(`${"x".repeat(20)}\ud800`)).toBe(`${"x".repeat(20)}\ud800`);
});

interface Documented {
  readonly providers: readonly unknown[];
  readonly routing: unknown;
}

function documentedOf({ document }: { readonly document: Json }): Documented {
  return document as unknown as Documented; // of this schema
}

function documentWith({
  motto,
  weight,
  lines = 0,
}: {
  readonly motto: string;
  readonly weight: number;
  readonly lines?: number;
}): string {
  return [
    "$include: [below.yaml]",
    ...Array.from({ length: lines }, (_, i) => `# line ${i}`),
    "server: { port: 9000 }",
    "providers:",
    "  - { id: a, name: '${env:NAME:-nobody}', key: '${env:KEY:-abcdef}' }",
    "  - id: b",
    `    name: '\${file:${motto}}'`,
    `    weight: ${weight}`,
    "    models: [{ id: m }]",
    "",
  ].join("\n");
}

async function openManager(folder: Folder): Promise<ConfigManager<Gateway>> {
  const variables = { NAME: "named" };
  const loader = new ConfigLoader(gatewaySchema)
    .addFile(folder.at("gateway.yaml"))
    .addEnv({ variables });
  const validator = new ConfigValidator(gatewaySchema);
  return await createManager({ loader, validator, watch: false });
}

/** All but what only the version that runs has. */
function explanationsOf(
  manager: ConfigManager<Gateway>,
  version: number = manager.version,
): readonly Partial<Explanation>[] {
  return PATHS.map((path) => {
    const { value, found, layers, references, acceptedIn } = manager.explain(path, { version });
    return { value, found, layers, references, acceptedIn };
  });
}

function contentOf(text: string): LayerContent {
  const trees = (texts: ReadonlyMap<string, string>) => {
    const at = { kind: "default" } as const;
    const scalar = { type: "scalar", value: texts.get("f") ?? null, at } as const;
    return { tree: { type: "object", entries: new Map([["text", scalar]]), at } as const };
  };
  const texts = new Map([["f", text]]);
  const about = { hash: text, identity: "i" };
  const reread = { now: trees, later: async (given: typeof texts) => trees(given) };
  const content = { state: "ok", ...about, ...trees(texts), texts, reread } as const;
  return { ...about, revision: undefined, body: { type: "located", content } };
}

function treeOf({ body }: LayerContent): LocatedObject {
  if (body.type === "located" && body.content.tree.type === "object") return body.content.tree;
  throw new TypeError("it is no object");
}

/** Collects garbage until the object is gone; a few times, for it may be held for a turn. */
async function collected(held: WeakRef<object>): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void; // what the flag exposes
  for (let i = 0; i < 10 && held.deref() !== undefined; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
}
