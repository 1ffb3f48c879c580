import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { proveEvent } from "../../src/modules/audit/prove-event.ts";
import { signCheckpoint } from "../../src/modules/audit/sign-checkpoint.ts";
import { openNote, parseVerifierKey } from "../../src/modules/audit/signed-note.ts";
import { openCheckpoint, rootFromPath, treeHash } from "./by-the-book.ts";
import { auditor, event, setUp } from "./set-up.ts";

test("L5 the proof of an event holds for a verifier written from the texts", async () => {
  const set = setUp();
  const verifierKey = await set.keyring.verifierKey("default", "llmcfg/default");
  await set.recorder.record("default", [event(), event(), event({ revision: 7 }), event()]);
  const record = (await set.stores.audit.recordsFrom("default", 2, 1))[0];
  if (record === undefined) throw new Error("there are four records");

  const proof = await proveEvent(set.deps, { caller: auditor(), id: record.id });

  const { id, salt, payload } = record;
  const leaf = Buffer.from(proof.leaf, "base64");
  const path = proof.hashes.map((hash) => Buffer.from(hash, "base64"));
  const payloadHash = createHash("sha256").update(salt).update(payload).digest("hex");
  const root = rootFromPath(leaf, { index: 2, size: 5 }, path);
  expect(openCheckpoint(proof.checkpoint, verifierKey)).toEqual({
    origin: "llmcfg/default",
    size: 5, // the reading is on record before it is answered
    root,
  });
  expect(JSON.parse(leaf.toString())).toEqual({
    at: "2026-11-22T10:00:00.000Z",
    id,
    payloadHash,
    revision: 7,
    tenant: "default",
    v: 1,
  });
  expect(proof).toMatchObject({
    event: { id, index: 2, leafHash: proof.leafHash },
    leafIndex: 2,
    treeSize: 5,
    leafHash: treeHash([leaf]).toString("base64"),
  });
});

test("L5 in a log of every size up to 40 every record can be proved", async () => {
  const { recorder, stores, checkpoints, keyring } = setUp();
  const verifierKey = await keyring.verifierKey("default", "llmcfg/default");

  for (let size = 1; size <= 40; size++) {
    await recorder.record("default", [event()]);
    await checkpoints.sign("default");
    const records = await stores.audit.recordsFrom("default", 0, size);
    for (const { seq: index, leaf } of records) {
      const { checkpoint, hashes } = await checkpoints.prove("default", index);

      const { root } = openCheckpoint(checkpoint.note, verifierKey);
      expect(rootFromPath(Buffer.from(leaf), { index, size }, hashes)).toEqual(root);
    }
  }
});

test("L5 a checkpoint is the root of all leaves, by the recursive definition", async () => {
  const set = setUp();
  const verifierKey = await set.keyring.verifierKey("default", "llmcfg/default");

  for (let size = 0; size <= 40; size++) {
    const { note } = await signCheckpoint(set.deps, auditor());

    const records = await set.stores.audit.recordsFrom("default", 0, 1_000);
    const root = treeHash(records.map(({ leaf }) => Buffer.from(leaf)));
    expect(openCheckpoint(note, verifierKey)).toEqual({ origin: "llmcfg/default", size, root });
    await set.recorder.record("default", [event()]);
  }
});

test("a checkpoint that covers the event already is used again", async () => {
  const set = setUp();
  await set.recorder.record("default", [event(), event(), event()]);
  const [first] = await set.stores.audit.recordsFrom("default", 0, 1);
  const question = { caller: auditor(), id: first?.id ?? "" };

  const proof = await proveEvent(set.deps, question);
  const later = await proveEvent(set.deps, question);

  expect(later.checkpoint).toBe(proof.checkpoint);
  expect(await set.stores.audit.checkpointsAfter("default", 0, 10)).toHaveLength(1);
});

test("an event that is not there has no proof", async () => {
  const set = setUp();

  const refusal = proveEvent(set.deps, { caller: auditor(), id: "ev_0" });

  await expect(refusal).rejects.toMatchObject({ reason: "NOT_FOUND" });
});

test("only who may read the whole log gets its head signed", async () => {
  const refusal = signCheckpoint(setUp().deps, auditor("production/**"));

  await expect(refusal).rejects.toMatchObject({ reason: "POLICY_DENIED" });
});

test("the vector of a checkpoint is opened by its verifier key alone, and by no other", () => {
  const file = join(import.meta.dirname, "../keys/testdata/checkpoint-note.json");
  const vector = JSON.parse(readFileSync(file, "utf8")) as {
    readonly note: string;
    readonly text: string;
    readonly verifierKey: string;
  };
  const verifier = parseVerifierKey(vector.verifierKey);

  const forged = [
    vector.note.replace("\n1\n", "\n2\n"),
    vector.note.replaceAll("llmcfg/default", "llmcfg/other"),
    vector.note.replace("fqfEd8e", "fqfEd8f"),
    vector.note.replace("fqfEd8e", "aqfEd8e"),
    vector.note.replace("\n\n", "\n"),
    vector.text,
    "",
  ];

  expect(openNote(vector.note, verifier)).toBe(vector.text);
  expect(openNote(`${vector.note}— witness AAAA\n`, verifier)).toBe(vector.text);
  for (const note of forged) expect(openNote(note, verifier)).toBeUndefined();
});

test.each(["", "llmcfg/default", "llmcfg/default+7ea7c477+AAAA", "a+7ea7c477+" + "A".repeat(44)])(
  "%j is no verifier key",
  (text) => {
    expect(() => parseVerifierKey(text)).toThrow(TypeError);
  },
);
