import {
  ConfigLoader,
  type ConfigManager,
  type ConfigSource,
  ConfigValidator,
  createManager,
  type SourceRead,
} from "@llmcfg/config";
import { describe, expect, test } from "vitest";
import { type Gateway, gatewaySchema } from "./support/gateway-schema.ts";
import { eventsOf } from "./support/manage.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { MemorySource } from "./support/memory-source.ts";
import { until } from "./support/until.ts";

type State = SourceRead["state"];

/** What becomes of a reload in which another source has something new. */
type Expected =
  /** The other's change is applied; the source has its last value, if it had one. */
  | "applied"
  /** The same, and the source is stale and degrades. */
  | "stale"
  /** The same, and that nobody knows what the source has degrades. */
  | "skipped"
  /** Refused with this code. */
  | `source_${State}`
  | "broken";

/** A new state does not compile until its cells are written: what was there, what was optional and absent. */
const ON_RELOAD: Readonly<Record<State, readonly [present: Expected, absent: Expected]>> = {
  ok: ["applied", "applied"],
  unchanged: ["applied", "source_unreachable"], // absent, and says that it is as before: nobody knows
  missing: ["source_missing", "applied"],
  empty: ["source_empty", "source_empty"],
  unreadable: ["stale", "skipped"],
  unreachable: ["stale", "skipped"],
  unstable: ["source_unstable", "source_unstable"],
  malformed: ["broken", "broken"],
};

const rows = Object.entries(ON_RELOAD) as readonly [State, readonly [Expected, Expected]][]; // its own members
const present = rows.map(([state, [expected]]) => [state, expected] as const);
const absent = rows.map(([state, [, expected]]) => [state, expected] as const);

describe("LOAD-17 on reload", () => {
  describe.each([{ optional: false }, { optional: true }])("of a source with %j", (options) => {
    test.each(present)("that had content and is %s: %s", async (state, expected) => {
      await using scene = await Scene.open(options);

      const before = scene.manager.current();
      scene.source.answer = () => readOf(state, "mine again");
      scene.other.put({ server: { host: "new" } });
      const result = await scene.manager.reload();

      expect(outcomeOf(result, scene)).toEqual(expected);
      expect(scene.manager.current() === before).toBe(result.status === "rejected");
      expect(scene.owner).toBe(state === "ok" ? "mine again" : "mine");
    });
  });

  test.each(absent)(
    "of one that is optional, was absent and is %s: %s",
    async (state, expected) => {
      await using scene = await Scene.open({ optional: true }, "missing");

      scene.source.answer = () => readOf(state, "mine");
      scene.other.put({ server: { host: "new" } });
      const result = await scene.manager.reload();

      expect(outcomeOf(result, scene)).toEqual(expected);
      expect(scene.owner).toBe(state === "ok" ? "mine" : null);
    },
  );

  test("that it was absent is what counts, not what was refused meanwhile", async () => {
    await using scene = await Scene.open({ optional: true }, "missing");

    scene.source.answer = () => readOf("malformed");
    await scene.manager.reload();
    scene.source.answer = () => readOf("missing");
    const gone = await scene.manager.reload();

    expect([gone.status, scene.manager.status.health]).toEqual(["unchanged", "ok"]);
  });
});

describe("LOAD-11 a source that cannot be reached", () => {
  test("is stale since it was missed first, however often it is read, and once in the events", async () => {
    const clock = new ManualClock();
    await using scene = await Scene.open({}, "ok", { clock });
    const events = eventsOf(scene.manager);

    scene.source.answer = () => readOf("unreachable");
    await scene.manager.reload();
    const since = new Date(clock.now());
    clock.advance(60_000);
    scene.other.put({ server: { host: "new" } });
    await scene.manager.reload();
    const stale = scene.state;
    scene.source.answer = () => readOf("ok", "mine");
    await scene.manager.reload();

    expect(stale).toMatchObject({ state: "unreachable", staleSince: since });
    expect(scene.state).not.toHaveProperty("staleSince");
    expect(namesOf(events, "source_")).toEqual(["source_stale", "source_recovered"]);
  });

  test.each([
    ["refused", { server: { prot: 1 } }],
    ["missing", undefined],
  ] as const)(
    "is stale also while another one is %s, and no longer when it answers",
    async (_what, document) => {
      const clock = new ManualClock();
      await using scene = await Scene.open({}, "ok", { clock });
      const events = eventsOf(scene.manager);

      scene.source.answer = () => readOf("unreachable");
      if (document === undefined) scene.other.remove();
      else scene.other.put(document);
      const { status } = await scene.manager.reload();
      const since = new Date(clock.now());
      clock.advance(60_000);
      await scene.manager.reload();
      const stale = scene.state;
      scene.source.answer = () => readOf("ok", "mine");
      await scene.manager.reload();

      expect(status).toBe("rejected");
      expect(stale).toMatchObject({ state: "unreachable", staleSince: since });
      expect(scene.state).toMatchObject({ state: "ok" });
      expect(namesOf(events, "source_")).toEqual(["source_stale", "source_recovered"]);
    },
  );
});

test("LOAD-17 REL-7 while the content of another source is refused it is not asked again and again", async () => {
  const clock = new ManualClock();
  await using scene = await Scene.open({}, "ok", { clock, isSilent: true });
  const events = eventsOf(scene.manager);
  await scene.manager.start();
  const idle = clock.pending;

  scene.source.answer = () => readOf("unreachable");
  scene.other.put({ server: { prot: 1 } });
  await until("it is refused", () => namesOf(events, "reload_failed").length === 1);
  await scene.manager.reload(); // after all that the first one has begun

  expect(scene.state?.state).toBe("unreachable");
  expect(clock.pending).toBe(idle); // no other try
});

describe("LOAD-17 REL-7 a source whose watch tells of nothing is asked again until it answers", () => {
  test.each([
    ["a reload that found it away changed nothing", (scene: Scene) => scene.other.put(OTHER)],
    ["it changed something else", (scene: Scene) => scene.other.put({ server: { host: "new" } })],
    ["somebody asked for it", (scene: Scene) => scene.manager.reload()],
  ])("where %s", async (_what, startReload) => {
    await using scene = await Scene.open({}, "ok", { isSilent: true });
    await scene.manager.start();

    scene.source.answer = () => readOf("unreachable");
    await startReload(scene);
    await until("it is stale", () => scene.state?.state === "unreachable");
    scene.source.answer = () => readOf("ok", "mine");
    await until("it is asked again", () => scene.state?.state === "ok");

    expect(scene.manager.status.health).toBe("ok");
  });
});

const OTHER = { server: { host: "other" } };

/** One source that does as it is told beside another one that is always there. */
class Scene implements AsyncDisposable {
  readonly manager: ConfigManager<Gateway>;
  readonly source: ToldSource;
  readonly other: MemorySource;

  private constructor(
    manager: ConfigManager<Gateway>,
    sources: { readonly source: ToldSource; readonly other: MemorySource },
  ) {
    this.manager = manager;
    this.source = sources.source;
    this.other = sources.other;
  }

  static async open(
    options: { readonly optional?: boolean },
    state: State = "ok",
    { clock, isSilent = false }: { readonly clock?: ManualClock; readonly isSilent?: boolean } = {},
  ): Promise<Scene> {
    const source = new ToldSource(isSilent);
    source.answer = () => readOf(state, "mine");
    const other = new MemorySource(OTHER);
    const seams = clock === undefined ? {} : { clock };
    const loader = new ConfigLoader(gatewaySchema, seams)
      .addSource(source, options)
      .addSource(other);
    const manager = await createManager({
      loader,
      validator: new ConfigValidator(gatewaySchema),
      watch: { debounce: "10ms", pollInterval: "1h" },
    });
    return new Scene(manager, { source, other });
  }

  get owner(): string | null {
    return this.manager.current().metadata.owner;
  }

  get state(): ConfigManager<Gateway>["status"]["sources"][number] | undefined {
    return this.manager.status.sources.find(({ id }) => id === this.source.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.manager.stop();
  }
}

class ToldSource implements ConfigSource {
  readonly id = "told";
  readonly kind = "told";
  readonly watch?: NonNullable<ConfigSource["watch"]>;
  answer: () => SourceRead = () => readOf("missing");

  constructor(isSilent: boolean) {
    if (isSilent) this.watch = async () => ({ [Symbol.asyncDispose]: async () => {} });
  }

  async read(): Promise<SourceRead> {
    return this.answer();
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function readOf(state: State, owner = "nobody"): SourceRead {
  const at = { kind: "remote", url: "told:" } as const;
  switch (state) {
    case "ok": {
      const value = { type: "scalar", value: owner, at } as const;
      const metadata = { type: "object", entries: new Map([["owner", value]]), at } as const;
      const tree = { type: "object", entries: new Map([["metadata", metadata]]), at } as const;
      return { state, tree, identity: owner, hash: owner };
    }
    case "unchanged":
      return { state };
    case "malformed": {
      const about = { kind: "schema_violation", severity: "error", path: "", pointer: "" } as const;
      return { state, findings: [{ ...about, code: "broken", message: "it is broken" }] };
    }
    case "missing":
    case "empty":
    case "unreadable":
    case "unreachable":
    case "unstable":
      return { state, cause: new Error("it was told to") };
  }
}

function outcomeOf(
  { status, errors }: Awaited<ReturnType<ConfigManager<Gateway>["reload"]>>,
  { manager, state }: Scene,
): string | undefined {
  if (status === "rejected") return errors[0]?.code;
  if (manager.status.health === "ok") return status;
  return state?.staleSince === undefined ? "skipped" : "stale";
}

function namesOf(events: ReturnType<typeof eventsOf>, start: string): readonly string[] {
  return events.map(([name]) => name).filter((name) => name.startsWith(start));
}
