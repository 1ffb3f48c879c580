import { inspect } from "node:util";
import type { ConfigSource, Json, SourceRead } from "@llmcfg/config";
import { Duration } from "@llmcfg/config";
import type { Located } from "@llmcfg/config/sources";
import { describe, expect, test } from "vitest";
import { until } from "../../../packages/config/test/support/until.ts";

/** A layer that every source can deliver: text at the leaves. */
export interface Layer {
  readonly [name: string]: string | Layer;
}

/** A source over something that can be written, and that can be made to go away. */
export interface OpenedSource extends AsyncDisposable {
  readonly source: ConfigSource;
  /** From now on it holds this and nothing else. */
  put(layer: Layer): Promise<void>;
  /** From now on it is known to hold nothing. */
  remove(): Promise<void>;
  /** Nobody answers. */
  goAway(): Promise<void>;
  /** It answers as before; the watch hears of it by itself. */
  comeBack(): Promise<void>;
}

/** A source that reads a document. */
export interface OpenedDocument extends OpenedSource {
  /** From now on its text is this. */
  putText(text: string): Promise<void>;
}

const ONE: Layer = { name: "one", routing: { strategy: "weighted" } };
const TWO: Layer = { name: "two", routing: { strategy: "weighted", fallback: "b" } };
/** Where a source has a credential, this is it. */
export const CANARY = "sk-canary-81e4f0";

/** What every ConfigSource promises. Each source's test runs this against the real thing. */
export function testConfigSource(name: string, open: () => Promise<OpenedSource>): void {
  describe(`${name} as a ConfigSource`, () => {
    describeReads(open);
    describeAbsence(open);
    describeWatch(open);
  });
}

/** What a source promises whose content is one document, on top of that. */
export function testDocumentSource(name: string, open: () => Promise<OpenedDocument>): void {
  testConfigSource(name, open);
  describe(`${name} as the source of a document`, () => {
    describeDocuments(open);
  });
}

function describeReads(open: () => Promise<OpenedSource>): void {
  test("LOAD-1 LOAD-12 what was put is read, and every node has a position", async () => {
    await using opened = await open();
    await opened.put(ONE);

    const { tree } = contentOf(await read(opened.source));

    expect(valueOf(tree)).toEqual(ONE);
    expect(nodesOf(tree).every(({ at }) => at.kind === "remote" && at.url !== "")).toBe(true);
  });

  test("LOAD-13 equal content has an equal hash, other content another one", async () => {
    await using opened = await open();
    const hashes: string[] = [];

    for (const layer of [ONE, TWO, ONE]) {
      await opened.put(layer);
      hashes.push(contentOf(await read(opened.source)).hash);
    }

    expect(hashes[2]).toBe(hashes[0]);
    expect(hashes[1]).not.toBe(hashes[0]);
  });

  test("LOAD-17 what was read before is unchanged until something else is put", async () => {
    await using opened = await open();
    await opened.put(ONE);
    const before = contentOf(await read(opened.source));

    const again = await read(opened.source, before);
    await opened.put(TWO);
    const changed = await read(opened.source, before);

    expect(again).toEqual({ state: "unchanged" });
    expect(valueOf(contentOf(changed).tree)).toEqual(TWO);
  });

  test("LOAD-17 content that was not taken is delivered again, however often it is read", async () => {
    await using opened = await open();
    await opened.put(ONE);
    const taken = contentOf(await read(opened.source));
    await opened.put(TWO);

    const first = contentOf(await read(opened.source, taken));
    const second = contentOf(await read(opened.source, taken));

    expect(valueOf(second.tree)).toEqual(TWO);
    expect(second.hash).toBe(first.hash);
  });
}

function describeAbsence(open: () => Promise<OpenedSource>): void {
  test("LOAD-17 nothing there is missing, before it is put and after it is removed", async () => {
    await using opened = await open();

    const before = await read(opened.source);
    await opened.put(ONE);
    const there = contentOf(await read(opened.source));
    await opened.remove();
    const after = await read(opened.source, there);
    await opened.put(TWO);
    const again = contentOf(await read(opened.source, there));

    expect([before.state, after.state]).toEqual(["missing", "missing"]);
    expect(valueOf(again.tree)).toEqual(TWO);
  });

  test("LOAD-11 LOAD-17 TNT-3 a read while it is away is unreachable, never an old value; then it goes on", async () => {
    await using opened = await open();
    await opened.put(ONE);
    const before = contentOf(await read(opened.source));

    await opened.goAway();
    const away = await read(opened.source, before);
    await opened.comeBack();
    const back = await readWhenBack(opened.source);

    expect(away.state).toBe("unreachable");
    expect(inspect(away, { depth: 10 })).not.toContain(CANARY);
    expect(valueOf(back)).toEqual(ONE);
  });

  test("LOAD-17 a source that was away from its beginning is read once it is there", async () => {
    await using opened = await open();
    await opened.put(ONE);
    await opened.goAway();

    const away = await read(opened.source);
    await opened.comeBack();
    const back = await readWhenBack(opened.source);

    expect(away.state).toBe("unreachable");
    expect(valueOf(back)).toEqual(ONE);
  });
}

function describeDocuments(open: () => Promise<OpenedDocument>): void {
  test("LOAD-12 TNT-3 a malformed document is refused with its place, and nothing of it is shown", async () => {
    await using opened = await open();
    await opened.putText(`name: one\ntoken: [${CANARY}, }\n`);

    const found = await read(opened.source);

    expect(found).toMatchObject({ state: "malformed", findings: [{ position: { line: 2 } }] });
    expect(inspect(found, { depth: 10 })).not.toContain(CANARY);
  });

  test("LOAD-17 a document without content is empty, and not an empty configuration", async () => {
    await using opened = await open();
    await opened.putText("# nothing\n");

    const found = await read(opened.source);

    expect(found.state).toBe("empty");
  });
}

function describeWatch(open: () => Promise<OpenedSource>): void {
  test("LOAD-9 LOAD-10 WAT-3 the watch tells of every put and of a removal", async () => {
    await using opened = await open();
    await opened.put(ONE);
    let known = contentOf(await read(opened.source));
    await using watch = await startWatch(opened.source);

    for (const layer of [TWO, ONE]) {
      const heard = watch.count;
      await opened.put(layer);
      await until("the watch told of a put", () => watch.count > heard);
      known = contentOf(await read(opened.source, known));
      expect(valueOf(known.tree)).toEqual(layer);
    }
    const heard = watch.count;
    await opened.remove();
    await until("the watch told of the removal", () => watch.count > heard);

    expect((await read(opened.source, known)).state).toBe("missing");
  });

  test("LOAD-11 the watch tells when it is back, and of what is put then", async () => {
    await using opened = await open();
    await opened.put(ONE);
    const before = contentOf(await read(opened.source));
    await using watch = await startWatch(opened.source);
    await opened.goAway();
    await read(opened.source, before);

    await opened.comeBack();
    const back = await readWhenBack(opened.source);
    const heard = watch.count;
    await opened.put(TWO);
    await until("the watch told of a put after the outage", () => watch.count > heard, 20_000);

    expect(valueOf(back)).toEqual(ONE);
    expect(valueOf(contentOf(await read(opened.source)).tree)).toEqual(TWO);
  });

  test("WAT-8 a watch that ended tells nothing more, and a source that ended holds no connection", async () => {
    const before = openSockets();
    let heard = 0;
    {
      await using opened = await open();
      await opened.put(ONE);
      await read(opened.source);
      const watch = await startWatch(opened.source);
      await watch[Symbol.asyncDispose]();
      heard = watch.count;
      await opened.put(TWO);
      await read(opened.source);
      await opened.source[Symbol.asyncDispose]();

      expect(watch.count).toBe(heard);
    }

    await until("all connections are closed", () => openSockets() <= before);
  });
}

type Content = Extract<SourceRead, { readonly state: "ok" }>;

async function read(source: ConfigSource, previous?: Content): Promise<SourceRead> {
  const { signal } = new AbortController();
  return await source.read({ previous, field: () => undefined, signal });
}

async function readWhenBack(source: ConfigSource): Promise<Located> {
  let found: SourceRead | undefined;
  await until(
    "it can be read again",
    async () => {
      found = await read(source);
      return found.state === "ok";
    },
    20_000,
  );
  if (found === undefined) throw new Error("it was read");
  return contentOf(found).tree;
}

function contentOf(found: SourceRead): Content {
  if (found.state === "ok") return found;
  throw new Error(`it is ${inspect(found, { depth: 5 })}`);
}

interface StartedWatch extends AsyncDisposable {
  readonly count: number;
}

async function startWatch(source: ConfigSource): Promise<StartedWatch> {
  let count = 0;
  const ended = new AbortController();
  const watch = await source.watch?.({
    signal: () => count++,
    aborted: ended.signal,
    pollInterval: Duration.parse("5s"),
  });
  if (watch === undefined) throw new Error("it cannot be watched");
  return {
    get count() {
      return count;
    },
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await watch[Symbol.asyncDispose]();
    },
  };
}

function valueOf(tree: Located): Json {
  switch (tree.type) {
    case "scalar":
      return tree.value;
    case "array":
      return tree.items.map(valueOf);
    case "object":
      return Object.fromEntries([...tree.entries].map(([name, value]) => [name, valueOf(value)]));
  }
}

function nodesOf(tree: Located): readonly Located[] {
  const below = tree.type === "object" ? [...tree.entries.values()] : [];
  return [tree, ...below.flatMap(nodesOf)];
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
}
