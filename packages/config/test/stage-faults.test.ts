import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  ConfigLoader,
  ConfigValidator,
  createManager,
  defineSchema,
  type ReloadResult,
  type Stage,
} from "@llmcfg/config";
import { MemorySource } from "@llmcfg/config/testing";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import {
  type Held,
  openStageScene,
  type StageScene,
  type Switches,
} from "./support/stage-scene.ts";
import { until } from "./support/until.ts";

/** Makes a stage fail. @returns what makes it work again */
type Break = (scene: StageScene) => Promise<() => unknown>;

/**
 * Stages that reject the reload when they fail. `admit`, `diff`, `notify` and `finish` have tests of
 * their own; `swap` is an assignment, which cannot fail.
 */
type Rejecting = Exclude<Stage, "admit" | "diff" | "swap" | "notify" | "finish">;

const BREAKS: Readonly<Record<Rejecting, Break>> = {
  read: async ({ fs, folder }) => {
    const gone = fs.addFault({ path: folder.at("gateway.yaml"), fails: "ENOENT" });
    return () => gone[Symbol.dispose]();
  },
  compare: async ({ fs, folder }) => {
    const broken = fs.addFault({ path: folder.at("owner.txt"), fails: "EIO" });
    return () => broken[Symbol.dispose]();
  },
  parse: (scene) => save(scene, "server: ["),
  merge: (scene) => save(scene, "providers: {$apend: []}"),
  structure: (scene) => save(scene, "server: {port: 0}"),
  cross_field: (scene) => save(scene, "routing: {fallback: nobody}"),
  references: (scene) => save(scene, 'providers: [{id: a, key: "${secret:nowhere}"}]'),
  rules: (scene) => save(scene, "server: {host: forbidden}"),
  prepare: (scene) => saveGood(scene, "veto"),
  audit: (scene) => saveGood(scene, "record"),
  commit: (scene) => saveGood(scene, "commit"),
};

/** Where it is told that it failed, if elsewhere: comparing finds a change, which cannot be taken. */
const TOLD: Readonly<Partial<Record<Rejecting, Stage>>> = { compare: "merge" };

/** What this process has open when no manager is. */
let idle: number;

beforeAll(async () => {
  const first = await openStageScene(); // what Node.js opens once stays
  await reload(first);
  await first[Symbol.asyncDispose]();
  idle = first.held().descriptors;
});

test.each(Object.keys(BREAKS) as Rejecting[])(
  "P22 REL-2 a reload that fails in stage %s leaves the very same object, and nothing open",
  async (stage) => {
    await using scene = await openStageScene();
    const { manager } = scene;
    const before = { snapshot: manager.snapshot(), config: manager.current(), held: scene.held() };

    const mend = await BREAKS[stage](scene);
    const failed = await reload(scene);
    const kept = { snapshot: manager.snapshot(), config: manager.current() };
    const { timers: _retry, ...open } = before.held; // it may try again by itself
    await untilHeld(scene, open);
    await mend();
    await scene.folder.save("gateway.yaml", "server: {host: good}");
    await reload(scene);
    await untilHeld(scene, before.held);
    await scene[Symbol.asyncDispose]();

    expect(failed).toMatchObject({ status: "rejected", stage: TOLD[stage] ?? stage });
    expect(failed.reverted).toBe(stage === "commit");
    expect(kept.snapshot).toBe(before.snapshot);
    expect(kept.config).toBe(before.config);
    expect([manager.current().server.host, manager.status.health]).toEqual(["good", "ok"]);
    await untilClosed(scene);
  },
);

test("P22 REL-2 a reload that is not admitted changes nothing, and is made up for", async () => {
  await using scene = await openStageScene({ perMinute: 1, burst: 1 });
  const { manager, plane, clock } = scene;
  const deferred: unknown[] = [];
  manager.events.addEventListener("reload_deferred", (event) => deferred.push(event));
  const held = scene.held();

  plane.put({ routing: { strategy: "round_robin" } });
  await untilWithTime(scene, "the first", () => manager.version === 2);
  const before = manager.snapshot();
  plane.put({ routing: { strategy: "weighted" } });
  await untilWithTime(scene, "the deferral", () => deferred.length === 1);
  const kept = manager.snapshot();
  clock.advance(60_000);
  await untilWithTime(scene, "the second", () => manager.version === 3);
  await untilHeld(scene, held);
  await scene[Symbol.asyncDispose]();

  expect(kept).toBe(before);
  expect(manager.current().routing.strategy).toBe("weighted");
  await untilClosed(scene);
});

test("P22 REL-2 a defect while the difference is made is a rejected reload that changed nothing", async () => {
  const trap = { isArmed: false };
  const trapped = (text: string) => ({
    get value() {
      if (trap.isArmed) throw new Error("a defect");
      return text;
    },
    set value(_same) {},
  });
  const root = z.strictObject({
    host: z.string().default("one"),
    odd: z.string().default("").transform(trapped),
  });
  const schema = defineSchema({ name: "trapped", root });
  const arm = {
    name: "arm",
    check: ({ host }: { host: string }) => void (trap.isArmed = host === "two"),
  };
  const source = new MemorySource({ host: "one" });
  await using manager = await createManager({
    loader: new ConfigLoader(schema).addSource(source),
    validator: new ConfigValidator(schema).addRule(arm), // rules come right before the difference
  });
  const before = manager.snapshot();

  source.put({ host: "two", odd: "changed" });
  const failed = await manager.reload();
  const kept = manager.snapshot();
  trap.isArmed = false;
  source.put({ host: "three" });
  const healed = await manager.reload();

  expect(failed).toMatchObject({
    status: "rejected",
    errors: [{ message: "the reload failed unexpectedly: a defect" }],
  });
  expect(kept).toBe(before);
  expect(healed.status).toBe("applied");
});

test.each<readonly [Stage, Break]>([
  ["notify", (scene) => saveGood(scene, "listen")],
  ["finish", (scene) => saveGood(scene, "report")],
  ["finish", breakStateFile],
])(
  "P22 P15 what fails in stage %s after the swap keeps nobody from the new configuration, and nothing is left open",
  async (_stage, breakIt) => {
    await using scene = await openStageScene();
    const { manager } = scene;
    const held = scene.held();

    const mend = await breakIt(scene);
    await scene.folder.save("gateway.yaml", "server: {host: fine}");
    const result = await reload(scene);
    await untilHeld(scene, held);
    const { host } = manager.current().server;
    await mend();
    await scene.folder.save("gateway.yaml", "server: {host: good}");
    await reload(scene);
    await until("health", () => manager.status.health === "ok");
    await untilHeld(scene, held);
    await scene[Symbol.asyncDispose]();

    expect([result.status, result.version, host]).toEqual(["applied", 2, "fine"]);
    expect(manager.version).toBe(3);
    await untilClosed(scene);
  },
);

async function save({ folder }: StageScene, text: string): Promise<() => void> {
  await folder.save("gateway.yaml", text);
  return () => {};
}

/** Content that is good, where something else fails. */
async function saveGood(scene: StageScene, name: keyof Switches): Promise<() => void> {
  await save(scene, "server: {host: taken}");
  scene.fails[name] = true;
  return () => {
    scene.fails[name] = false;
  };
}

/** A folder lies where the last accepted version is to be written. */
async function breakStateFile({ stateDir }: StageScene): Promise<() => Promise<void>> {
  const path = join(stateDir, "last-known-good.json");
  await rm(path, { force: true });
  await mkdir(join(path, "in-the-way"), { recursive: true });
  return () => rm(path, { recursive: true });
}

/** Time goes on meanwhile: a file that is saved while it is read is read again after a pause. */
async function reload(scene: StageScene): Promise<ReloadResult> {
  const asked = scene.manager.reload();
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  void asked.then(end, end);
  await untilWithTime(scene, "the end of the reload", () => isOver);
  return await asked;
}

/** While it waits, time goes on by as much as a debounce of nothing needs. */
async function untilWithTime(
  { clock }: StageScene,
  what: string,
  condition: () => boolean,
): Promise<void> {
  await until(what, () => {
    clock.advance(1);
    return condition();
  });
}

async function untilHeld(scene: StageScene, held: Partial<Held>): Promise<void> {
  const isSo = () => JSON.stringify({ ...scene.held(), ...held }) === JSON.stringify(scene.held());
  await untilWithTime(scene, "the same is open", isSo).catch(() => {}); // told by what differs

  expect(scene.held()).toMatchObject(held);
}

async function untilClosed(scene: StageScene): Promise<void> {
  await untilHeld(scene, { watches: 0, timers: 0, sockets: 0, descriptors: idle });
}
