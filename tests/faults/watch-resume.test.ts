import { describe, expect, onTestFinished, test } from "vitest";
import { makeHome } from "../support/programs.ts";
import { checkEvents } from "./check-events.ts";
import { EventReader, type ReceivedEvent } from "./event-reader.ts";
import { MortalServer } from "./mortal-server.ts";
import { newSeed, seededRandom } from "./seeded-random.ts";
import { listStoredKeys, readBundle } from "./stored-keys.ts";
import { Writers } from "./writers.ts";

const KILLS = 5;
const CLIENTS = 2;

/** A bound for what hangs: seven starts take their time where the machine has other work. */
const TIMEOUT_MS = 300_000;

const HOOK_TIMEOUT_MS = 60_000;

test(
  "C2 a reader that resumes has each revision once and in order over 5 SIGKILLs",
  async () => {
    const seed = newSeed();
    console.log(`C2 seed=${seed}`);
    const home = await makeHome();
    onTestFinished(() => home[Symbol.asyncDispose]());
    const server = await MortalServer.open(home);
    onTestFinished(() => server[Symbol.asyncDispose](), HOOK_TIMEOUT_MS); // at a timeout too
    await using reader = EventReader.start(server.access, server.firstRevision);
    await using writers = Writers.start(server.access, CLIENTS);

    await server.killRepeatedly(KILLS, seededRandom(seed), () =>
      Promise.all([writers.whenAnswered(), reader.whenConnected()]),
    );
    const { acknowledged, refused } = await writers.stop();
    const events = await reader.finish();

    const stored = await listStoredKeys(server.access);
    const { hash } = await readBundle(server.access);
    expect(checkEvents(events, { stored, hash })).toEqual([]);
    expect(refused).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(KILLS);
    expect(reader.connections).toBeGreaterThan(KILLS);

    const first = events.findIndex(({ type }) => type === "config.changed");
    expect(checkEvents(events.toSpliced(first, 1), { stored, hash })).not.toEqual([]);
    console.log(
      `GOAL C2 pass kills=${KILLS} revisions=${new Set(stored.map((key) => key.revision)).size} ` +
        `connections=${reader.connections} missing=0 twice=0 ` +
        `control=failed-as-expected endpoint=sqlite(real) seed=${seed}`,
    );
  },
  TIMEOUT_MS,
);

describe("C2 a history with a fault is found out (negative controls)", () => {
  const stored = [
    { key: "k-2", value: 2, revision: 2 },
    { key: "pair-3-a", value: 3, revision: 3 },
    { key: "pair-3-b", value: 3, revision: 3 },
  ];
  const single = changed(2, "k-2");
  const pair = changed(3, "pair-3-a", "pair-3-b");
  const heartbeat: ReceivedEvent = { type: "heartbeat", revision: 3, hash: "sha256:right" };

  test.each<readonly [string, readonly ReceivedEvent[], readonly string[]]>([
    ["nothing wrong", [single, pair, heartbeat], []],
    ["an event dropped", [single, heartbeat], ["revision 3 is missing"]],
    ["an event twice", [single, single, pair, heartbeat], ["revision 2 came twice"]],
    ["events in another order", [pair, single, heartbeat], ["revision 2 came after 3"]],
    [
      "a commit split",
      [single, changed(3, "pair-3-a"), changed(3, "pair-3-b"), heartbeat],
      ["revision 3 came twice", "revision 3 brought pair-3-a", "revision 3 brought pair-3-b"],
    ],
    [
      "an early heartbeat",
      [single, heartbeat, pair, heartbeat],
      ["revision 3 came after its heartbeat"],
    ],
    ["a reset", [single, { type: "reset", revision: 2 }, pair, heartbeat], ["reset at revision 2"]],
    [
      "another hash",
      [single, pair, { ...heartbeat, hash: "sha256:wrong" }],
      ["the last hash is sha256:wrong"],
    ],
    [
      "a revision that nobody wrote",
      [single, pair, changed(4, "k-4"), heartbeat],
      ["revision 4 brought k-4"],
    ],
  ])("%s", (_name, events, faults) => {
    expect(checkEvents(events, { stored, hash: "sha256:right" })).toEqual(faults);
  });
});

function changed(revision: number, ...keys: readonly string[]): ReceivedEvent {
  return { type: "config.changed", revision, changes: keys.map((key) => ({ key })) };
}
