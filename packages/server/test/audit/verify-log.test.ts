import { createHash } from "node:crypto";
import { backup, DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditStore } from "../../src/modules/audit/ports.ts";
import { verifyLog } from "../../src/modules/audit/verify-log.ts";
import { treeHash } from "./by-the-book.ts";
import { auditor, event, setUp, setUpSqlite } from "./set-up.ts";

let filled: Awaited<ReturnType<typeof setUpSqlite>> | undefined;

beforeAll(async () => {
  filled = await setUpSqlite();
  await fillLog(filled);
});

afterAll(async () => {
  await filled?.[Symbol.asyncDispose]();
});

/** How many records are in the log, and between two signed heads. */
const SIZE = 130;
const SPAN = 40;

test("X22 a log that nobody touched is valid, with the root of its leaves", async () => {
  await using set = await openFilledLog();

  const result = await verifyLog(set.deps, auditor());

  const records = await set.stores.audit.recordsFrom("default", 0, 1_000);
  const root = treeHash(records.map(({ leaf }) => Buffer.from(leaf)));
  expect(result).toEqual({
    valid: true,
    eventsChecked: SIZE,
    treeSize: SIZE,
    rootHash: root.toString("base64"),
    failures: [],
  });
});

test("an empty log is valid", async () => {
  const result = await verifyLog(setUp().deps, auditor());

  expect(result).toMatchObject({ valid: true, eventsChecked: 0, treeSize: 0 });
  // SHA-256 of nothing
  expect(result.rootHash).toBe("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
});

test("what is written and signed while a log is verified does not make it invalid", async () => {
  const set = setUp();
  await fillLog(set);
  const read = set.stores.audit.recordsFrom.bind(set.stores.audit);
  set.stores.audit.recordsFrom = async (...given) => {
    const records = await read(...given);
    await set.stores.audit.append("default", [await set.recorder.prepare("default", event())]);
    return records;
  };
  const heads = set.stores.audit.checkpointsAfter.bind(set.stores.audit);
  set.stores.audit.checkpointsAfter = async (...given) => {
    await set.recorder.record("default", [event()]);
    await set.checkpoints.sign("default");
    return await heads(...given);
  };

  const result = await verifyLog(set.deps, auditor());

  expect(result.failures).toEqual([]);
  expect(result.treeSize).toBeGreaterThan(SIZE); // the new head is checked too
});

/** Rows 0–39, 40–79 and 80–119 are each covered by a head of their own; 120–129 by none. */
test.each<readonly [name: string, sql: string, code: string, index: number]>([
  [
    "editing a payload",
    editing("payload = replace(payload, 'allowed', 'denied')"),
    "PAYLOAD_MISMATCH",
    57,
  ],
  [
    "editing a salt",
    editing("salt = replace(salt, substr(salt, 1, 2), '00')"),
    "PAYLOAD_MISMATCH",
    57,
  ],
  ["editing a leaf", editing(`leaf = replace(leaf, '"v":1', '"v":2')`), "LEAF_MISMATCH", 57],
  [
    "editing a leaf hash",
    editing("leaf_hash = '00' || substr(leaf_hash, 3)"),
    "LEAF_HASH_MISMATCH",
    57,
  ],
  ["editing a leaf hash away", editing("leaf_hash = ''"), "LEAF_HASH_MISMATCH", 57],
  ["editing an id", editing("id = 'ev_01KP1C1XJBFSFRN6XCQV7DY0G1'"), "LEAF_MISMATCH", 57],
  ["editing a time", editing("at_ms = at_ms + 1"), "LEAF_MISMATCH", 57],
  [
    "editing a time to one that is none",
    editing("at_ms = 9007199254740991"),
    "COLUMN_MISMATCH",
    57,
  ],
  ["editing a revision", editing("revision = revision + 1"), "LEAF_MISMATCH", 57],
  ["editing an actor", editing("actor = 'user#0'"), "COLUMN_MISMATCH", 57],
  ["editing an action", editing("action = 'config.read'"), "COLUMN_MISMATCH", 57],
  ["editing an environment", editing("env = 'staging'"), "COLUMN_MISMATCH", 57],
  ["hiding a key", editing("key = null"), "COLUMN_MISMATCH", 57],
  ["editing an outcome", editing("outcome = 'denied'"), "COLUMN_MISMATCH", 57],
  ["deleting a record", "delete from audit_event where seq = 57", "MISSING", 57],
  ["deleting the first record", "delete from audit_event where seq = 0", "MISSING", 0],
  ["deleting the last record", "delete from audit_event where seq = 129", "MISSING", 129],
  ["deleting many records", "delete from audit_event where seq between 57 and 90", "MISSING", 57],
  [
    "deleting a record and closing the gap",
    `delete from audit_event where seq = 57;
     update audit_event set seq = -seq where seq > 57; update audit_event set seq = -seq - 1 where seq < 0;
     update tenant set audit_size = audit_size - 1`,
    "ROOT_MISMATCH",
    40,
  ],
  [
    "cutting the log off",
    "delete from audit_event where seq >= 100; update tenant set audit_size = 100",
    "ROOT_MISMATCH",
    80,
  ],
  [
    "inserting a record",
    `update audit_event set seq = -seq - 1 where seq >= 57; update audit_event set seq = -seq where seq < 0;
     ${copyOfRow(3, 57)}; update tenant set audit_size = audit_size + 1`,
    "LEAF_MISMATCH",
    57,
  ],
  ["putting a record behind the end", copyOfRow(3, 130), "UNCOUNTED", 130],
  ["swapping two records", swap(57, 60), "ROOT_MISMATCH", 40],
  ["swapping records of two heads", swap(39, 40), "ROOT_MISMATCH", 0],
  [
    "turning records round",
    "update audit_event set seq = -seq where seq between 50 and 59; update audit_event set seq = 109 + seq where seq < 0",
    "ROOT_MISMATCH",
    40,
  ],
  [
    "signing a head with a note of another one",
    "update audit_checkpoint set note = (select note from audit_checkpoint where size = 40) where size = 80",
    "SIGNATURE_INVALID",
    40,
  ],
  [
    "editing the root of a head",
    "update audit_checkpoint set root_hash = '00' || substr(root_hash, 3) where size = 80",
    "SIGNATURE_INVALID",
    40,
  ],
  [
    "editing the size of a head",
    "update audit_checkpoint set size = 81 where size = 80",
    "SIGNATURE_INVALID",
    40,
  ],
])("L3 %s is found, and where", async (_name, sql, code, index) => {
  await using opened = await openFilledLog();

  change(opened.file, (db) => db.exec(sql));
  const result = await verifyLog(opened.deps, auditor());

  expect(result.valid).toBe(false);
  expect(result.failures[0]).toMatchObject({ code, index });
});

test("L3 a record whose hashes were all made anew is found between two heads", async () => {
  await using opened = await openFilledLog();

  change(opened.file, (db) => rehash(db, 57));
  const result = await verifyLog(opened.deps, auditor());

  expect(result.valid).toBe(false);
  expect(result.failures).toEqual([
    {
      index: 40,
      code: "ROOT_MISMATCH",
      detail: "records 40 to 79 are not those that were signed",
    },
  ]);
});

test("L3 a whole tree that was made anew without the key is found by its signatures", async () => {
  await using opened = await openFilledLog();

  change(opened.file, (db) => {
    rehash(db, 57);
    resign(db);
  });
  const result = await verifyLog(opened.deps, auditor());

  expect(result.valid).toBe(false);
  expect(result.failures).toMatchObject([
    { index: 40, code: "SIGNATURE_INVALID" },
    { index: 40, code: "SIGNATURE_INVALID" },
  ]);
});

test("L4 a log that was cut off together with its heads goes unnoticed without a head elsewhere", async () => {
  await using opened = await openFilledLog();

  change(opened.file, (db) =>
    db.exec(
      `delete from audit_event where seq >= 100; update tenant set audit_size = 100;
       delete from audit_checkpoint where size > 100`,
    ),
  );
  const result = await verifyLog(opened.deps, auditor());

  expect(result).toMatchObject({ valid: true, treeSize: 100 }); // the limit that is documented
});

test("L3 control: a verifier that trusts the stored hashes misses what was edited under them", async () => {
  await using opened = await openFilledLog();
  const before = await rootOfStoredHashes(opened.stores.audit);

  change(opened.file, (db) => db.exec(editing("payload = replace(payload, 'allowed', 'denied')")));

  expect(await rootOfStoredHashes(opened.stores.audit)).toBe(before);
  expect((await verifyLog(opened.deps, auditor())).valid).toBe(false);
});

test("of very many faults 256 are listed", async () => {
  const { recorder, stores, deps } = setUp();
  await recorder.record(
    "default",
    Array.from({ length: 300 }, () => event()),
  );
  const read = stores.audit.recordsFrom.bind(stores.audit);
  stores.audit.recordsFrom = async (...given) =>
    (await read(...given)).map((record) => ({ ...record, salt: Buffer.alloc(32) }));

  const result = await verifyLog(deps, auditor());

  expect(result).toMatchObject({ valid: false, eventsChecked: 300 });
  expect(result.failures).toHaveLength(256);
});

test("only who may read the whole log verifies it", async () => {
  const refusal = verifyLog(setUp().deps, auditor("production/**"));

  await expect(refusal).rejects.toMatchObject({ reason: "POLICY_DENIED" });
});

/** A log of its own for each test: a copy of one that was filled once. */
async function openFilledLog() {
  if (filled === undefined) throw new Error("the log was not filled");
  const { file, rootKey } = filled;
  return await setUpSqlite({ rootKey, prepare: async (copy) => await backUp(file, copy) });
}

async function backUp(from: string, to: string): Promise<void> {
  using source = new DatabaseSync(from);
  await backup(source, to);
}

async function fillLog({ recorder, checkpoints }: ReturnType<typeof setUp>): Promise<void> {
  for (let size = 0; size < SIZE; size += SPAN) {
    const count = Math.min(SPAN, SIZE - size);
    await recorder.record(
      "default",
      Array.from({ length: count }, (_, i) => event({ details: { i: size + i } })),
    );
    if (count === SPAN) await checkpoints.sign("default");
  }
}

/** Edits row 57. */
function editing(assignment: string): string {
  return `update audit_event set ${assignment} where seq = 57`;
}

function swap(a: number, b: number): string {
  return `update audit_event set seq = -1 where seq = ${a};
          update audit_event set seq = ${a} where seq = ${b};
          update audit_event set seq = ${b} where seq = -1`;
}

/** A row like another one, under an id of its own. */
function copyOfRow(from: number, to: number): string {
  const rest =
    "at_ms, revision, payload, salt, leaf, leaf_hash, actor, action, env, service, key, outcome";
  return `insert into audit_event (tenant, seq, id, ${rest})
          select tenant, ${to}, 'ev_01KP1C1XJBFSFRN6XCQV7DY0G1', ${rest} from audit_event where seq = ${from}`;
}

/** Changes the database as somebody else with the file would. */
function change(file: string, edit: (db: DatabaseSync) => void): void {
  using db = new DatabaseSync(file);
  db.exec("begin");
  edit(db);
  db.exec("commit");
}

/** Puts a lie into a record and makes every hash of its row fit. */
function rehash(db: DatabaseSync, seq: number): void {
  const row = db.prepare("select payload, salt, leaf from audit_event where seq = ?").get(seq);
  const payload = String(row?.["payload"]).replace('"i":57', '"i":58');
  const payloadHash = createHash("sha256")
    .update(Buffer.from(String(row?.["salt"]), "hex"))
    .update(payload)
    .digest("hex");
  const leaf = String(row?.["leaf"]).replace(
    /"payloadHash":"[0-9a-f]+"/,
    `"payloadHash":"${payloadHash}"`,
  );
  const leafHash = treeHash([Buffer.from(leaf)]).toString("hex");
  db.prepare("update audit_event set payload = ?, leaf = ?, leaf_hash = ? where seq = ?").run(
    payload,
    leaf,
    leafHash,
    seq,
  );
}

/** Writes the roots of now into the heads after record 57, whose signatures cannot be made anew. */
function resign(db: DatabaseSync): void {
  const leaves = db.prepare("select leaf from audit_event order by seq").all();
  const heads = db.prepare("select size, note from audit_checkpoint where size > 57").all();
  for (const { size, note } of heads) {
    const root = treeHash(
      leaves.slice(0, Number(size)).map(({ leaf }) => Buffer.from(String(leaf))),
    );
    const lines = String(note).split("\n").with(2, root.toString("base64"));
    db.prepare("update audit_checkpoint set root_hash = ?, note = ? where size = ?").run(
      root.toString("hex"),
      lines.join("\n"),
      Number(size),
    );
  }
}

/** What a careless verifier would compare: a root over the hashes as they are stored. */
async function rootOfStoredHashes(store: AuditStore): Promise<string> {
  let hashes = (await store.leafHashesFrom("default", 0, 1_000)).map((hash) => Buffer.from(hash));
  while (hashes.length > 1) {
    hashes = Array.from({ length: Math.ceil(hashes.length / 2) }, (_, i) => {
      const [left, right] = [hashes[2 * i], hashes[2 * i + 1]];
      if (left === undefined) throw new Error("there is always a left one");
      const node = right && createHash("sha256").update(Buffer.of(1)).update(left).update(right);
      return node?.digest() ?? left;
    });
  }
  return hashes[0]?.toString("hex") ?? "";
}
