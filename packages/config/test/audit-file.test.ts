import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { appendFile, readFile, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type AuditHead, type AuditSink, auditVerify, fileAuditSink } from "@llmcfg/config/audit";
import { expect, test } from "vitest";
import { recordAfter, recordsFrom } from "../../../tests/conformance/ports/audit-records.ts";
import { Folder } from "./support/folder.ts";
import { ManualClock } from "./support/manual-clock.ts";

test("AUD-1 AUD-5 the file and its folders are made, for their owner alone", async () => {
  await using folder = await Folder.create();
  const path = folder.at("a/b/audit.jsonl");

  await using sink = await fileAuditSink(path);
  await sink.append(recordAfter(undefined));

  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(folder.at("a/b"))).mode & 0o777).toBe(0o700);
});

test.skipIf(!existsSync("/proc/self"))(
  "AUD-1 where no folder can be made that is said, and nothing goes on trying",
  async () => {
    const opening = fileAuditSink("/proc/nothing/can-be-made/audit.jsonl");

    await expect(opening).rejects.toMatchObject({ code: "audit_unavailable" });
  },
);

test("AUD-5 a file that others could read is closed to them", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("audit.jsonl", "");

  await using _sink = await fileAuditSink(path);

  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("AUD-5 it is rotated by size, so many files are kept, and the chain goes on over all of them", async () => {
  await using folder = await Folder.create();
  const path = folder.at("audit.jsonl");
  await using sink = await fileAuditSink(path, { maxBytes: 1_024, maxFiles: 3 });

  await appendAll(sink, 20);

  const sizes = await Promise.all(
    ["", ".1", ".2"].map(async (suffix) => (await stat(`${path}${suffix}`)).size),
  );
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_024);
  await expect(stat(`${path}.3`)).rejects.toThrow("ENOENT");
  const verified = await auditVerify(path);
  expect(verified).toMatchObject({
    isValid: true,
    files: [`${path}.2`, `${path}.1`, path],
    last: { seq: 20 },
    findings: [
      { severity: "warning", code: "earlier_records_missing", file: `${path}.2`, line: 1 },
    ],
  });
});

test("AUD-4 after a crash right after a rotation the chain goes on from the rotated file", async () => {
  await using folder = await Folder.create();
  const path = folder.at("audit.jsonl");
  const last = await writeTrail(path, 3);
  await rename(path, `${path}.1`);

  await using sink = await fileAuditSink(path);

  expect(await sink.last?.()).toEqual(last);
});

test.each(["EBUSY", "EXDEV"])(
  "AUD-5 a log that cannot be moved away (%s) grows on: no other file is moved, that is told once, and tried again each minute",
  async (code) => {
    await using folder = await Folder.create();
    const path = folder.at("audit.jsonl");
    const clock = new ManualClock();
    const refusing = new RefusedRename(path, code);
    await using sink = await fileAuditSink(path, {
      maxBytes: 1_024,
      maxFiles: 3,
      fsync: "interval",
      clock,
      fs: refusing,
    });
    const troubles: (Error | undefined)[] = [];
    sink.onTrouble?.((error) => void troubles.push(error));

    await appendAll(sink, 20);
    clock.advance(1_000); // what is written is forced to disk, which does not end the trouble
    await sink.flush();
    await appendAll(sink, 20);
    const triedAtOnce = refusing.tries;
    clock.advance(60_000);
    await appendAll(sink, 20);
    const triedLater = refusing.tries;
    refusing.isRefused = false;
    clock.advance(60_000);
    const last = await appendAll(sink, 1);

    const message = `the audit log ${path} cannot be rotated, and grows on: ${code}: it is a mount of its own`;
    expect([triedAtOnce, triedLater]).toEqual([1, 2]);
    expect(refusing.others).toEqual([`${path}.0`]); // once it may be moved
    expect(troubles).toMatchObject([{ message }, undefined]);
    expect(await auditVerify(path)).toMatchObject({
      isValid: true,
      files: [`${path}.1`, path],
      records: 61,
      last,
      findings: [],
    });
  },
);

test("AUD-4 AUD-5 where a crash cut a rotation off, the chain goes on, no file is missed, and the next rotation ends it", async () => {
  await using folder = await Folder.create();
  const path = folder.at("audit.jsonl");
  const options = { maxBytes: 1_024, maxFiles: 4 };
  {
    await using sink = await fileAuditSink(path, options);
    await appendAll(sink, 6);
  }
  await rename(path, `${path}.0`);

  await using sink = await fileAuditSink(path, options);
  const found = await sink.last?.();
  await sink.append(recordAfter(found));
  const between = await auditVerify(path);
  await appendAll(sink, 4);

  expect(found).toMatchObject({ seq: 6 });
  expect(between).toMatchObject({ isValid: true, records: 7, findings: [] });
  expect(between.files.slice(-2)).toEqual([`${path}.0`, path]);
  const after = await auditVerify(path);
  expect(after).toMatchObject({ isValid: true, records: 11, findings: [] });
  expect(after.files).not.toContain(`${path}.0`);
});

test("AUD-5 reopened after SIGHUP, it writes to the file that has the name, and the chain goes on", async () => {
  await using folder = await Folder.create();
  const path = folder.at("audit.jsonl");
  await using sink = await fileAuditSink(path);
  const first = recordAfter(undefined);
  await sink.append(first);
  await rename(path, folder.at("moved.jsonl"));

  await sink.reopen?.();
  await sink.append(recordAfter(await sink.last?.()));

  const verified = await auditVerify([folder.at("moved.jsonl"), path]);
  expect(verified).toMatchObject({ isValid: true, records: 2, findings: [] });
});

test("AUD-5 a file that was deleted is made again", async () => {
  await using folder = await Folder.create();
  const path = folder.at("audit.jsonl");
  await using sink = await fileAuditSink(path);
  await sink.append(recordAfter(undefined));
  await rm(path);

  await sink.append(recordAfter(await sink.last?.()));

  expect(await auditVerify(path)).toMatchObject({ records: 1, last: { seq: 2 } });
});

test.each(["{", '{"seq":3,"event":"config_ch', "\0\0\0"])(
  "AUD-5 a last line torn by a crash is left as it is, and the chain goes on behind it: %j",
  async (torn) => {
    await using folder = await Folder.create();
    const path = folder.at("audit.jsonl");
    const last = await writeTrail(path, 2);
    await appendFile(path, torn);

    await using sink = await fileAuditSink(path);
    const found = await sink.last?.();
    await sink.append(recordAfter(found));

    expect(found).toEqual(last);
    expect(await auditVerify(path)).toMatchObject({
      isValid: true,
      records: 3,
      findings: [{ severity: "warning", code: "torn_line", file: path, line: 3 }],
    });
  },
);

test("AUD-5 a record whose line lacks only its end is whole", async () => {
  await using folder = await Folder.create();
  const path = folder.at("audit.jsonl");
  const last = await writeTrail(path, 2);
  await truncate(path, (await stat(path)).size - 1);

  await using sink = await fileAuditSink(path);
  const found = await sink.last?.();
  await sink.append(recordAfter(found));

  expect(found).toEqual(last);
  expect(await auditVerify(path)).toMatchObject({ isValid: true, records: 3, findings: [] });
});

test("AUD-5 the end is found in a file of which the last records are torn or long", async () => {
  await using folder = await Folder.create();
  const path = folder.at("audit.jsonl");
  const long = recordAfter(undefined, { paths: Array.from({ length: 20_000 }, (_, i) => `p${i}`) });
  {
    await using sink = await fileAuditSink(path);
    await sink.append(long);
  }
  await appendFile(path, "x".repeat(100_000));

  await using sink = await fileAuditSink(path);

  expect(await sink.last?.()).toEqual({ seq: 1, hash: long.hash });
});

test("AUD-1 a file that holds something else is not written to", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("notes.txt", "one\ntwo\n");

  const opening = fileAuditSink(path);

  await expect(opening).rejects.toMatchObject({ code: "not_an_audit_log" });
  expect(await readFile(path, "utf8")).toBe("one\ntwo\n");
});

test("AUD-5 a file that cannot be opened says which and why", async () => {
  await using folder = await Folder.create();
  await folder.write("file", "");

  const opening = fileAuditSink(folder.at("file/audit.jsonl"));

  await expect(opening).rejects.toMatchObject({
    code: "audit_unavailable",
    message: expect.stringContaining(folder.at("file/audit.jsonl")),
  });
});

test.each([
  [{ maxBytes: 1 }, "maxBytes is 1"],
  [{ maxFiles: 1 }, "maxFiles is 1"],
])("AUD-5 options that make no sense are refused: %j", async (options, message) => {
  await using folder = await Folder.create();

  const opening = fileAuditSink(folder.at("audit.jsonl"), options);

  await expect(opening).rejects.toThrow(message);
});

test("AUD-5 at intervals, one timer forces to disk what was written, and none is left at the end", async () => {
  await using folder = await Folder.create();
  const clock = new ManualClock();
  const sink = await fileAuditSink(folder.at("audit.jsonl"), { clock });

  await appendAll(sink, 3);
  const armed = clock.pending;
  clock.advance(1_000);
  const after = clock.pending;
  await sink.append(recordAfter(await sink.last?.()));
  await sink[Symbol.asyncDispose]();

  expect([armed, after, clock.pending]).toEqual([1, 0, 0]);
});

test("AUD-5 fsync always: what was acknowledged before a SIGKILL is there, whole and in order", async () => {
  await using folder = await Folder.create();
  const path = folder.at("audit.jsonl");
  const child = spawn(process.execPath, [
    "--conditions=@llmcfg/source",
    fileURLToPath(new URL("support/append-for-ever.ts", import.meta.url)),
    path,
  ]);
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (acknowledged >= 200 && child.signalCode === null) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");

  const verified = await auditVerify(path);
  await using sink = await fileAuditSink(path);
  await sink.append(recordAfter(await sink.last?.()));

  expect(child.signalCode).toBe("SIGKILL");
  expect(acknowledged).toBeGreaterThanOrEqual(200);
  expect(verified.isValid).toBe(true);
  expect(verified.last?.seq).toBeGreaterThanOrEqual(acknowledged);
  expect((await auditVerify(path)).isValid).toBe(true);
});

test("AUD-4 verify: a trail that nobody touched has no findings", async () => {
  await using folder = await Folder.create();
  const path = folder.at("audit.jsonl");
  const last = await writeTrail(path, 5);

  const verified = await auditVerify(path);

  expect(verified).toEqual({
    isValid: true,
    files: [path],
    records: 5,
    first: { seq: 1, hash: recordsFrom(undefined, 1)[0]?.hash },
    last,
    findings: [],
  });
});

test.each([
  [
    "a changed value",
    (lines: string[]) => replaceIn(lines, 1, "config_change", "config_loaded"),
    "hash_mismatch",
    2,
  ],
  ["a record left out", (lines: string[]) => lines.splice(1, 1), "chain_broken", 2],
  [
    "records in another order",
    (lines: string[]) => lines.splice(1, 2, ...lines.slice(1, 3).toReversed()),
    "chain_broken",
    2,
  ],
  [
    "a record written twice",
    (lines: string[]) => lines.splice(1, 0, lines[0] ?? ""),
    "chain_broken",
    2,
  ],
  [
    "another beginning",
    (lines: string[]) => lines.splice(0, 1, JSON.stringify(recordAfter(undefined, { from: 9 }))),
    "not_canonical",
    1,
  ],
  ["a record made unreadable", (lines: string[]) => lines.splice(1, 1, "#"), "malformed_line", 2],
  [
    "a member hidden behind another",
    (lines: string[]) => replaceIn(lines, 1, '"event":', '"event":"x","event":'),
    "not_canonical",
    2,
  ],
  [
    "half of a surrogate pair",
    (lines: string[]) => replaceIn(lines, 1, "config_change", "\\ud800"),
    "hash_mismatch",
    2,
  ],
])("AUD-4 verify: %s is found, with its place", async (_what, tamper, code, line) => {
  await using folder = await Folder.create();
  const path = folder.at("audit.jsonl");
  await writeTrail(path, 4);
  const lines = (await readFile(path, "utf8")).split("\n");
  tamper(lines);
  await writeFile(path, lines.join("\n"));

  const { isValid, findings } = await auditVerify(path);

  expect(isValid).toBe(false);
  const errors = findings.filter(({ severity }) => severity === "error");
  expect(errors).toContainEqual(expect.objectContaining({ code, file: path, line }));
});

test("AUD-4 verify: a whole record with hashes of its own does not fit where another was", async () => {
  await using folder = await Folder.create();
  const path = folder.at("audit.jsonl");
  const [first, second, third] = recordsFrom(undefined, 3);
  const forged = recordAfter(first, { actor: "nobody" });
  await writeFile(path, [first, forged, third].map((record) => `${canonical(record)}\n`).join(""));

  const { findings } = await auditVerify(path);

  expect(findings).toMatchObject([{ code: "chain_broken", line: 3 }]);
  expect(second?.seq).toBe(2);
});

test("AUD-4 verify: an empty file is no trail", async () => {
  await using folder = await Folder.create();
  const path = await folder.write("audit.jsonl", "");

  expect(await auditVerify(path)).toMatchObject({
    isValid: false,
    findings: [{ code: "no_records", file: path, line: 1 }],
  });
});

/** Renames all but one file, and counts how often it is asked for that one. */
class RefusedRename {
  tries = 0;
  isRefused = true;
  /** What else it was asked for, from. */
  readonly others: string[] = [];
  readonly #path: string;
  readonly #code: string;

  constructor(path: string, code: string) {
    this.#path = path;
    this.#code = code;
  }

  readonly rename = async (from: string, to: string): Promise<void> => {
    if (from !== this.#path) this.others.push(from);
    else if (this.isRefused) {
      this.tries++;
      throw Object.assign(new Error(`${this.#code}: ${from}`), { code: this.#code });
    }
    await rename(from, to);
  };
}

async function appendAll(sink: AuditSink, count: number): Promise<AuditHead | undefined> {
  for (const record of recordsFrom(await sink.last?.(), count)) await sink.append(record);
  return await sink.last?.();
}

async function writeTrail(path: string, count: number): Promise<AuditHead | undefined> {
  await using sink = await fileAuditSink(path);
  return await appendAll(sink, count);
}

function replaceIn(lines: string[], at: number, text: string, by: string): void {
  lines[at] = (lines[at] ?? "").replace(text, by);
}

/** Members in the order of their names, as RFC 8785 has them; the records here are flat. */
function canonical(record: object | undefined): string {
  const members = Object.entries(record ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(members));
}
