import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { makeHome } from "../support/programs.ts";
import { checkWrites } from "./check-writes.ts";
import { type Access, createWriter, findFreePort } from "./mortal-server.ts";
import { serverArgs } from "./mortal-start.ts";
import { SmallDisk, whyNoSmallDisk } from "./small-disk.ts";
import {
  isAuditValid,
  listRecordedWrites,
  listStoredKeys,
  type RecordedWrite,
  readHead,
  type StoredKey,
} from "./stored-keys.ts";
import { type Acknowledged, Writers } from "./writers.ts";

const DISK_MIB = 16;
const CLIENTS = 2;
const READS = 40;
const RECOVERY_MS = 5_000;
const TIMEOUT_MS = 300_000;

const NEVER_SENT: Acknowledged = { keys: ["k-0"], value: 0, revision: 1 };

test(
  "D5 a full disk refuses writes, lets reads go on, and takes writes again once there is space",
  async ({ skip }) => {
    const home = await makeHome();
    onTestFinished(() => home[Symbol.asyncDispose]());
    const why = await whyNoSmallDisk(home);
    skip(why !== undefined, why);
    const folder = join(home.folder, "disk");
    await mkdir(folder);
    const port = await findFreePort();
    const disk = await SmallDisk.start(home, { folder, mib: DISK_MIB }, serverArgs(folder, port));
    onTestFinished(() => disk.program[Symbol.asyncDispose]());
    const access = await accessOf(disk, port);
    await write(access, "secret", { value: "s", sensitive: true });
    const firstRevision = await readHead(access);
    await using writers = Writers.start(access, CLIENTS);
    await waitUntil(() => writers.log.acknowledged.length >= 20, 30_000);

    await disk.fill();
    await waitUntil(() => writers.log.refused.length > 0, 30_000);
    const whenFull = await readMany(access, READS);
    const revealed = await statusOf(access, "/v1/configs/development/faults/secret?reveal=true");
    const before = writers.log.acknowledged.length;
    await disk.free();
    const began = performance.now();
    await waitUntil(() => writers.log.acknowledged.length > before + CLIENTS, 30_000);
    const recoveryMs = performance.now() - began;
    const { acknowledged, refused, unanswered } = await writers.stop();

    const stored = (await listStoredKeys(access)).filter(({ key }) => key !== "secret");
    const written = { stored, firstRevision, head: await readHead(access) };
    const faults = checkWrites(acknowledged, written);
    expect(faults).toEqual({ lost: [], torn: [], gaps: [] });
    expect(kindsOf(refused)).toEqual(["507 STORAGE_FULL"]);
    expect(unanswered).toBe(0);
    expect([...whenFull]).toEqual([[200, READS]]);
    expect(revealed).toBe(503); // nothing secret is shown that cannot be put on record
    expect(recoveryMs).toBeLessThan(RECOVERY_MS);
    expect(disk.program.child.exitCode).toBeNull(); // the same process all the time

    const recorded = await listRecordedWrites(access);
    expect(differencesOf(stored, recorded)).toEqual([]);
    expect(await isAuditValid(access)).toBe(true);

    expect(checkWrites([...acknowledged, NEVER_SENT], written).lost).toEqual(NEVER_SENT.keys);
    expect(differencesOf(stored, recorded.slice(1))).toHaveLength(1);
    console.log(
      `GOAL D5 pass acked=${acknowledged.length} refused=${refused.length} ` +
        `reads-when-full=${READS} lost=0 recovery=${Math.round(recoveryMs)} ms ` +
        `control=failed-as-expected endpoint=sqlite(real) on a tmpfs of ${DISK_MIB} MiB`,
    );
  },
  TIMEOUT_MS,
);

async function accessOf({ program }: SmallDisk, port: number): Promise<Access> {
  const line = await program.waitForLine((text) => text.startsWith("  Token "));
  const url = `http://127.0.0.1:${port}`;
  const { token } = await createWriter(url, line.trim().split(/\s+/)[1] ?? "");
  return { url, token };
}

async function write({ url, token }: Access, key: string, body: object): Promise<void> {
  const response = await fetch(`${url}/v1/configs/development/faults/${key}?confirm=true`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
}

/** Reads of every kind that the store itself answers, one after the other: how many had which status. */
async function readMany(access: Access, count: number): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  const paths = [
    "/v1/configs/development/faults/k-2?consistency=strong",
    "/v1/configs/development/faults?limit=50",
    "/v1/bundles/development/faults",
    "/v1/history/development/faults/k-2",
    "/health",
  ];
  for (let i = 0; i < count; i++) {
    const status = await statusOf(access, paths[i % paths.length] ?? "");
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return counts;
}

async function statusOf({ url, token }: Access, path: string): Promise<number> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  return response.status;
}

/** `507 STORAGE_FULL`, each once. */
function kindsOf(refused: readonly string[]): readonly string[] {
  const kinds = refused.map((line) => {
    const [, status, reason] = /: (\d+) .*"reason":"([A-Z_]+)"/.exec(line) ?? [];
    return `${status} ${reason}`;
  });
  return [...new Set(kinds)];
}

/** Writes that are not on record, and records of what was not written. */
function differencesOf(
  stored: readonly StoredKey[],
  recorded: readonly RecordedWrite[],
): readonly string[] {
  const nameOf = ({ key, revision }: RecordedWrite) => `${key} at revision ${revision}`;
  const [written, logged] = [new Set(stored.map(nameOf)), new Set(recorded.map(nameOf))];
  return [
    ...[...written].filter((name) => !logged.has(name)),
    ...[...logged].filter((name) => !written.has(name)),
  ];
}

async function waitUntil(isSo: () => boolean, patienceMs: number): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not within ${patienceMs} ms: ${isSo.toString()}`);
    await delay(20);
  }
}
