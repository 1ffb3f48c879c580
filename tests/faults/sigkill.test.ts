import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { makeHome } from "../support/programs.ts";
import { checkWrites } from "./check-writes.ts";
import { MortalServer } from "./mortal-server.ts";
import { newSeed, seededRandom } from "./seeded-random.ts";
import { isAuditValid, listRecordedWrites, listStoredKeys, readHead } from "./stored-keys.ts";
import { type Acknowledged, Writers } from "./writers.ts";

const KILLS = 20;
const CLIENTS = 4;

/** A bound for what hangs: 22 starts take their time where the machine has other work. */
const TIMEOUT_MS = 600_000;

const HOOK_TIMEOUT_MS = 60_000;

const NEVER_SENT: Acknowledged = { keys: ["k-0"], value: 0, revision: 1 };

test(
  "D1 no acknowledged write is lost and no batch is torn by 20 SIGKILLs",
  async () => {
    const seed = newSeed();
    console.log(`D1 seed=${seed}`);
    const home = await makeHome();
    onTestFinished(() => home[Symbol.asyncDispose]());
    const server = await MortalServer.open(home);
    onTestFinished(() => server[Symbol.asyncDispose](), HOOK_TIMEOUT_MS); // at a timeout too
    await using writers = Writers.start(server.access, CLIENTS);

    await server.killRepeatedly(KILLS, seededRandom(seed), () => writers.whenAnswered());
    const { acknowledged, refused, unanswered } = await writers.stop();

    const { access, firstRevision } = server;
    const stored = await listStoredKeys(access);
    const written = { stored, firstRevision, head: await readHead(access) };
    const faults = checkWrites(acknowledged, written);
    expect(faults).toEqual({ lost: [], torn: [], gaps: [] });
    expect(refused).toEqual([]);
    expect(unanswered).toBeGreaterThan(0); // the kills met requests
    expect(acknowledged.length).toBeGreaterThan(KILLS);

    const recorded = await listRecordedWrites(access);
    expect(recorded.toSorted(byKey)).toEqual(
      stored.map(({ key, revision }) => ({ key, revision })).toSorted(byKey),
    );
    expect(await isAuditValid(access)).toBe(true);

    const early = checkWrites([...acknowledged, NEVER_SENT], written);
    expect(early.lost).toEqual(NEVER_SENT.keys);

    await server.stop();
    expect(checkFile(join(server.folder, "store.db"))).toEqual("ok");
    console.log(
      `GOAL D1 pass kills=${KILLS} acked=${acknowledged.length} lost=${faults.lost.length} ` +
        `torn=${faults.torn.length} control=failed-as-expected endpoint=sqlite(real) seed=${seed}`,
    );
  },
  TIMEOUT_MS,
);

test("D1 a write that was acknowledged and is not there is reported (negative control)", () => {
  const stored = [{ key: "k-2", value: 2, revision: 2 }];
  const acknowledged = [
    { keys: ["k-2"], value: 2, revision: 2 },
    { keys: ["pair-3-a", "pair-3-b"], value: 3, revision: 3 },
  ];

  const { lost } = checkWrites(acknowledged, { stored, firstRevision: 1, head: 2 });

  expect(lost).toEqual(["pair-3-a", "pair-3-b"]);
});

test.each([
  ["value", { value: 4, revision: 2 }],
  ["revision", { value: 2, revision: 3 }],
])("D1 a key with another %s than acknowledged is lost (negative control)", (_name, found) => {
  const acknowledged = [{ keys: ["k-2"], value: 2, revision: 2 }];
  const stored = [{ key: "k-2", ...found }];

  const { lost } = checkWrites(acknowledged, { stored, firstRevision: 1, head: 3 });

  expect(lost).toEqual(["k-2"]);
});

test.each([
  ["one key is missing", []],
  ["the other key is of another commit", [{ key: "pair-3-b", value: 3, revision: 3 }]],
  ["the other key has another value", [{ key: "pair-3-b", value: 5, revision: 2 }]],
])("D1 a batch of which %s is torn (negative control)", (_name, others) => {
  const stored = [{ key: "pair-3-a", value: 3, revision: 2 }, ...others];

  const { torn } = checkWrites([], { stored, firstRevision: 1, head: 3 });

  expect(torn).toContain("pair-3-a");
});

test("D1 a revision that no key has is a gap (negative control)", () => {
  const stored = [{ key: "k-2", value: 2, revision: 2 }];

  const { gaps } = checkWrites([], { stored, firstRevision: 1, head: 3 });

  expect(gaps).toEqual([3]);
});

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : 1;
}

/** What SQLite itself says of the file. */
function checkFile(file: string): unknown {
  using database = new DatabaseSync(file, { readOnly: true });
  return database.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
}
