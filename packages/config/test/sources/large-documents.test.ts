import {
  ConfigLoader,
  type ConfigManager,
  type ConfigSource,
  ConfigValidator,
  createManager,
  type Located,
  type Position,
  type RemoteSourceOptions,
} from "@llmcfg/config";
import type { SourceContent, SourceRead } from "@llmcfg/config/sources";
import { describe, expect, test } from "vitest";
import { parseHere } from "../../src/formats/packed-text.ts";
import { TextParser } from "../../src/formats/text-parser.ts";
import { isLazy, nameOf, plainPosition } from "../../src/formats/text-position.ts";
import { type ObjectAbout, toContent } from "../../src/sources/kubernetes/object-content.ts";
import { createRemoteSource } from "../../src/sources/remote/create-remote-source.ts";
import { type Gateway, gatewaySchema } from "../support/gateway-schema.ts";
import { HttpPeer } from "../support/http-peer.ts";
import { longestTurn } from "../support/longest-turn.ts";
import { readOnce, toolsOf } from "../support/remote-tools.ts";

/** A store that holds one document, as it answers and as it is asked. */
interface Store {
  readonly answer: (text: string, revision: number) => string;
  readonly options: (url: string) => RemoteSourceOptions;
  /** Where the document is, for an answer of revision 1. */
  readonly at: (url: string) => Position;
}

const HTTP: Store = {
  answer: (text) => text,
  options: (url) => ({ kind: "http", url: `${url}/g.yaml`, allowInsecure: true }),
  at: (url) => ({ kind: "remote", url: `${url}/g.yaml` }),
};

const ETCD: Store = {
  answer: (text, revision) => {
    const kv = { key: base64("g.yaml"), value: base64(text), mod_revision: String(revision) };
    return JSON.stringify({ header: { revision: String(revision) }, kvs: [kv] });
  },
  options: (url) => ({ kind: "etcd", endpoints: [url], key: "g.yaml" }),
  at: (url) => ({ kind: "remote", url, key: "g.yaml", revision: "1" }),
};

const CONSUL: Store = {
  answer: (text, revision) => {
    return JSON.stringify([{ Key: "g.yaml", Value: base64(text), ModifyIndex: revision }]);
  },
  options: (url) => ({ kind: "consul", address: url, key: "g.yaml" }),
  at: (url) => ({ kind: "remote", url, key: "g.yaml", revision: "1" }),
};

const STORES = [
  ["HTTP", HTTP],
  ["etcd", ETCD],
  ["Consul", CONSUL],
] as const;

describe("a document of more than 64 KiB", () => {
  test.each(STORES)(
    "LOAD-18 LOAD-12 from %s is parsed in a thread, once for all who read it, and every leaf has its place",
    async (_name, store) => {
      await using parser = new CountingParser();
      await using peer = await peerOf(store, documentWith({ first: 7, lines: 4_000 }));
      await using source = createRemoteSource(store.options(peer.url), toolsOf({ parser }));

      const [one, two] = await Promise.all([readOnce(source), readOnce(source)]);
      const three = await readOnce(source);

      const at = store.at(peer.url);
      expect([one.state, two, three]).toEqual(["ok", one, one]);
      expect(parser.parsed).toHaveLength(1);
      expect(parser.isThreaded).toBe(true);
      expect(placeOf(one, "first")).toEqual({ ...at, line: 2, column: 10 });
      expect(placeOf(one, "p3999")).toEqual({ ...at, line: 4_002, column: 11 });
    },
  );

  test.each(STORES)(
    "LOAD-18 PRF-4 from %s is reloaded, and the event loop goes on meanwhile",
    async (_name, store) => {
      const [before, after] = [1, 2].map((first) => documentWith({ first, providers: 5_000 }));
      await using peer = await peerOf(store, before ?? "");
      await using manager = await managerOf(store.options(peer.url));
      peer.answer = (_request, response) => response.end(store.answer(after ?? "", 2));

      const reloadMs = await longestTurn(async () => await manager.reload());
      const hereMs = await longestTurn(async () => parseHere(Buffer.from(after ?? ""), OPTIONS));

      expect(manager.current().extensions["first"]).toBe(2);
      expect(reloadMs).toBeLessThan(hereMs / 3); // the control: what a parse in this thread takes
    },
  );

  test.each(STORES)(
    "LOAD-18 PRF-5 from %s is parsed again for a version of the past, to an equal tree",
    async (_name, store) => {
      await using parser = new CountingParser();
      await using peer = await peerOf(store, documentWith({ first: 7, lines: 4_000 }));
      await using source = createRemoteSource(store.options(peer.url), toolsOf({ parser }));
      const { tree, texts = new Map(), reread } = requireContent(await readOnce(source));

      const now = reread?.now(texts);
      const later = await reread?.later(texts);

      const expected = plainTree(tree);
      expect(now && plainTree(now.tree)).toEqual(expected);
      expect(later && plainTree(later.tree)).toEqual(expected);
      expect(parser.parsed).toHaveLength(2); // `now` asks nobody
    },
  );

  test.each(["ConfigMap", "Secret"] as const)(
    "LOAD-18 K8S-2 of a %s is parsed in a thread",
    async (kind) => {
      await using parser = new CountingParser();
      const bytes = Buffer.from(documentWith({ first: 7, lines: 4_000 }));
      const about: ObjectAbout = { id: "k", kind, url: "https://k8s/gw", revision: "7" };

      const read = await toContent([{ key: "g.yaml", bytes }], about, toolsOf({ parser }));

      const at = { kind: "remote", url: "https://k8s/gw", key: "g.yaml", revision: "7" };
      expect(parser.isThreaded).toBe(true);
      expect(placeOf(read, "p3999")).toEqual({ ...at, line: 4_002, column: 11 });
    },
  );

  test("K8S-5 TNT-1 HIS-8 of a Secret leaves nothing that leads back to its text, small or large", async () => {
    await using parser = new CountingParser();
    const about: ObjectAbout = { id: "k", kind: "Secret", url: "https://k8s/gw", revision: "7" };
    const documents = [10, 4_000].map((lines) => {
      return { key: `${lines}.yaml`, bytes: Buffer.from(documentWith({ first: 7, lines })) };
    });

    const read = await toContent(documents, about, toolsOf({ parser }));

    const { tree, below = [], reread, texts } = requireContent(read);
    const trees = [tree, ...below.map((layer) => layer.tree)];
    expect([reread, texts]).toEqual([undefined, new Map()]);
    expect(trees.map(placesIn).map(({ length }) => length)).toEqual([16_010, 50]);
    expect(trees.flatMap(placesIn).every(isPlain)).toBe(true);
  });

  test("LOAD-18 LOAD-12 of a source of one's own is parsed in the thread of the loader, and explained with plain positions", async () => {
    const at = { kind: "remote", url: "own:", key: "g.yaml", revision: "3" } as const;
    const reads: SourceRead[] = [];
    const source: ConfigSource = {
      id: "own",
      kind: "own",
      async read({ parse }) {
        const bytes = Buffer.from(documentWith({ first: 7, lines: 4_000 }));
        const parsed = await parse?.({ bytes, format: "yaml", at });
        if (parsed?.state !== "ok") throw new Error("it is a document, and a loader has a parser");
        const read = { ...parsed, identity: "3", hash: "3" };
        reads.push(read);
        return read;
      },
      async [Symbol.asyncDispose]() {},
    };
    const loader = new ConfigLoader(gatewaySchema).addSource(source);
    const validator = new ConfigValidator(gatewaySchema);
    await using manager = await createManager({ loader, validator, watch: false });

    const [layer] = manager.explain("extensions.p3999").layers;

    expect(reads.flatMap((read) => placesIn(requireContent(read).tree)).every(isLazy)).toBe(true);
    expect(layer?.position).toStrictEqual({ ...at, line: 4_002, column: 11 });
  });
});

class CountingParser extends TextParser {
  readonly parsed: string[] = [];

  override async parse(...[bytes, options]: Parameters<TextParser["parse"]>) {
    this.parsed.push(nameOf(options.origin));
    return await super.parse(bytes, options);
  }
}

const OPTIONS = { format: "yaml", origin: { kind: "remote", url: "here:" } } as const;

/**
 * `lines` members of `extensions` beside the first. Providers are the same whatever `first` is, but no
 * line of them is, and they take the whole grammar of YAML: nothing is known from the text before.
 */
function documentWith({
  first,
  lines = 0,
  providers = 0,
}: {
  readonly first: number;
  readonly lines?: number;
  readonly providers?: number;
}): string {
  const members = Array.from(
    { length: lines },
    (_, i) => `  p${i}:${" ".repeat(5 - `${i}`.length)} text ${i}`,
  );
  const items = Array.from({ length: providers }, (_, i) => {
    return `  - &p${i} {id: p${i}, name: provider ${i}, tags: {tier: "a${i % 9}", region: "region ${i}"}} # ${first}`;
  });
  const list = providers === 0 ? [] : ["providers:", ...items];
  return ["extensions:", `  first: ${first}`, ...members, ...list, ""].join("\n");
}

async function peerOf(store: Store, text: string): Promise<HttpPeer> {
  const answer = store.answer(text, 1);
  return await HttpPeer.start((_request, response) => response.end(answer));
}

async function managerOf(options: RemoteSourceOptions): Promise<ConfigManager<Gateway>> {
  const loader = new ConfigLoader(gatewaySchema).addRemote(options);
  const validator = new ConfigValidator(gatewaySchema);
  return await createManager({ loader, validator, watch: false });
}

function requireContent(read: SourceRead | Awaited<ReturnType<typeof toContent>>) {
  if (read.state === "ok") return read as Omit<SourceContent, "identity" | "hash">;
  throw new Error(`the read ended ${read.state}`);
}

/** Where a member of `extensions` is. */
function placeOf(read: Parameters<typeof requireContent>[0], name: string): Position | undefined {
  const { tree } = requireContent(read);
  const extensions = tree.type === "object" ? tree.entries.get("extensions") : undefined;
  const member = extensions?.type === "object" ? extensions.entries.get(name) : undefined;
  return member && plainPosition(member.at);
}

/** The positions and spans of all nodes and names. */
function placesIn(tree: Located): readonly object[] {
  const own = [tree.at, tree.span ?? {}];
  if (tree.type === "scalar") return own;
  if (tree.type === "array") return [...own, ...tree.items.flatMap(placesIn)];
  const names = [...(tree.names ?? [])].flatMap(([, { at, span = {} }]) => [at, span]);
  return [...own, ...names, ...[...tree.entries.values()].flatMap(placesIn)];
}

function isPlain(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** Values and positions, as they are handed out. */
function plainTree(tree: Located): unknown {
  const at = plainPosition(tree.at);
  if (tree.type === "scalar") return [tree.value, tree.lexeme, at];
  if (tree.type === "array") return [tree.items.map(plainTree), at];
  return [[...tree.entries].map(([name, member]) => [name, plainTree(member)]), at];
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
