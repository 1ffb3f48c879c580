import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { type Home, makeHome, type RunningProgram, start } from "../support/programs.ts";
import { type Access, createWriter, findFreePort } from "./mortal-server.ts";
import { type KillPoint, serverArgs, startAndKill } from "./mortal-start.ts";
import { newSeed, seededRandom } from "./seeded-random.ts";
import { isAuditValid } from "./stored-keys.ts";

const TIMEOUT_MS = 300_000;
const NAMESPACE = "/v1/configs/development/faults";

/** What a first start makes, in its order: the database, its log with the schema, the root key. */
const FIRST_FILES = ["store.db", "store.db-wal", "root.key.", "root.key"] as const;

/** Kills of starts on a store that has been used before. */
const LATER_KILLS = 6;

test.each(FIRST_FILES)(
  "D1 a first start that is killed once %s is there leaves a store that the next one opens",
  async (file) => {
    const seed = newSeed();
    console.log(`D1 first start, ${file}: seed=${seed}`);
    const random = seededRandom(seed);
    const place = await makePlace();

    const killed = await startAndKill(place.home, place, { file, afterMs: random() * 3 });
    const again = await startAndKill(place.home, place, {
      file: undefined,
      afterMs: random() * 900,
    });
    const key = readKeyIfThere(place.folder);
    await using server = await open(place);
    const access = await accessOf(server, place.port);
    await writeBoth(access, 1);

    expect(killed.hasServed).toBe(false);
    expect([killed.signal, again.signal]).toEqual(["SIGKILL", "SIGKILL"]);
    expect(readKeyIfThere(place.folder)?.length).toBe(32);
    expect(key ?? readKeyIfThere(place.folder)).toEqual(readKeyIfThere(place.folder));
    expect(await readBoth(access)).toEqual({ plain: 1, secret: "secret-1" });
    expect(await isAuditValid(access)).toBe(true);
  },
  TIMEOUT_MS,
);

test(
  `D1 nothing acknowledged is lost by ${LATER_KILLS} SIGKILLs of starts`,
  async () => {
    const seed = newSeed();
    console.log(`D1 later starts: seed=${seed}`);
    const random = seededRandom(seed);
    const place = await makePlace();
    const { access, startMs } = await firstLife(place);
    const key = readKeyIfThere(place.folder);

    const kills = [];
    for (let i = 0; i < LATER_KILLS; i++) {
      kills.push(await startAndKill(place.home, place, pointWithin(startMs, random)));
    }
    await using server = await open(place);

    expect(kills.map(({ signal }) => signal)).toEqual(kills.map(() => "SIGKILL"));
    expect(kills.some(({ hasServed }) => !hasServed)).toBe(true);
    expect(readKeyIfThere(place.folder)).toEqual(key);
    expect(await readBoth(access)).toEqual({ plain: 1, secret: "secret-1" });
    expect(await isAuditValid(access)).toBe(true);
    await server.stop("SIGTERM");
    expect(checkFile(join(place.folder, "store.db"))).toBe("ok");
    console.log(
      `GOAL D1 pass start-kills=${LATER_KILLS + 2 * FIRST_FILES.length} lost=0 ` +
        `control=failed-as-expected endpoint=sqlite(real) seed=${seed}`,
    );
  },
  TIMEOUT_MS,
);

test(
  "D1 a store whose root key is not the one it had before the kill does not open (negative control)",
  async () => {
    const place = await makePlace();
    await firstLife(place);
    const file = join(place.folder, "root.key");
    const key = await readFile(file);
    const refusals = [];

    for (const harmed of [undefined, randomBytes(32), key.subarray(0, 16)]) {
      await rm(file);
      if (harmed !== undefined) await writeFile(file, harmed, { mode: 0o600 });
      refusals.push(await refusalOf(open(place)));
    }

    expect(refusals).toEqual([
      expect.stringMatching(/root key is [0-9a-f]{16}, the store belongs to/), // made anew
      expect.stringMatching(/root key is [0-9a-f]{16}, the store belongs to/),
      expect.stringMatching(/has 16 bytes, not 32/),
    ]);
  },
  TIMEOUT_MS,
);

test(
  "D1 a store that lost its log after a kill does not have what was acknowledged (negative control)",
  async () => {
    const place = await makePlace();
    const { access } = await firstLife(place);

    await rm(join(place.folder, "store.db-wal"));
    await rm(join(place.folder, "store.db-shm"), { force: true });

    const found = await readAfterReopening(place, access);
    expect(found).not.toEqual({ plain: 1, secret: "secret-1" });
  },
  TIMEOUT_MS,
);

interface Place {
  readonly home: Home;
  readonly folder: string;
  readonly port: number;
}

/** Ends with the test. */
async function makePlace(): Promise<Place> {
  const home = await makeHome();
  onTestFinished(() => home[Symbol.asyncDispose]());
  return { home, folder: join(home.folder, "server"), port: await findFreePort() };
}

async function open({ home, folder, port }: Place): Promise<RunningProgram> {
  return await start("llmcfg", serverArgs(folder, port), { env: home.env, timeoutMs: 60_000 });
}

/** What a start says that is refused. */
async function refusalOf(opening: Promise<RunningProgram>): Promise<string> {
  try {
    await using _server = await opening;
    return "it opened";
  } catch (error) {
    return String(error);
  }
}

/** A life with acknowledged writes, ended by SIGKILL: all of them are in SQLite's log alone. */
async function firstLife(
  place: Place,
): Promise<{ readonly access: Access; readonly startMs: number }> {
  const began = performance.now();
  await using server = await open(place);
  const startMs = performance.now() - began;
  const access = await accessOf(server, place.port);
  await writeBoth(access, 1);
  await server.stop("SIGKILL");
  return { access, startMs };
}

/** A store that nobody has used yet says how to get in, however often its starts were killed. */
async function accessOf(server: RunningProgram, port: number): Promise<Access> {
  const line = await server.waitForLine((text) => text.startsWith("  Token "));
  const url = `http://127.0.0.1:${port}`;
  const { token } = await createWriter(url, line.trim().split(/\s+/)[1] ?? "");
  return { url, token };
}

function pointWithin(startMs: number, random: () => number): KillPoint {
  return { file: undefined, afterMs: random() * startMs };
}

async function writeBoth(access: Access, value: number): Promise<void> {
  await write(access, "plain", { value });
  await write(access, "secret", { value: `secret-${value}`, sensitive: true });
}

async function write({ url, token }: Access, key: string, body: object): Promise<void> {
  const response = await fetch(`${url}${NAMESPACE}/${key}?confirm=true`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
}

/** What is there of both keys; `undefined` where there is no such key, or no right to it. */
async function readBoth(
  access: Access,
): Promise<{ readonly plain: unknown; readonly secret: unknown }> {
  return { plain: await read(access, "plain"), secret: await read(access, "secret?reveal=true") };
}

async function read({ url, token }: Access, path: string): Promise<unknown> {
  const response = await fetch(`${url}${NAMESPACE}/${path}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { value } = (await response.json()) as { value?: unknown }; // an entry, or a problem
  return value;
}

async function readAfterReopening(place: Place, access: Access): Promise<unknown> {
  try {
    await using _server = await open(place);
    return await readBoth(access);
  } catch (error) {
    return error; // it may not open at all
  }
}

function readKeyIfThere(folder: string): Buffer | undefined {
  const file = join(folder, "root.key");
  return existsSync(file) ? readFileSync(file) : undefined;
}

/** What SQLite itself says of the file. */
function checkFile(file: string): unknown {
  using database = new DatabaseSync(file, { readOnly: true });
  return database.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
}
