import { expect, test } from "vitest";
import { ephemeralKeyring } from "../../src/adapters/local-keyring/root-key.ts";
import { memoryStores } from "../../src/adapters/memory/stores.ts";
import { Checkpoints } from "../../src/modules/audit/checkpoints.ts";
import type { Checkpoint } from "../../src/modules/audit/ports.ts";
import { EnvelopeKeyring } from "../../src/modules/keys/keyring.ts";
import { event, START_MS, setUp } from "./set-up.ts";

test("a head is signed once for a size, and kept", async () => {
  const set = setUp();
  await set.recorder.record("default", [event(), event()]);

  const first = await set.checkpoints.sign("default");
  set.time.ms += 1_000;
  const again = await set.checkpoints.sign("default");
  await set.recorder.record("default", [event()]);
  const next = await set.checkpoints.sign("default");

  expect(first).toMatchObject({ size: 2, signedAtMs: START_MS });
  expect(again).toEqual(first);
  expect(next).toMatchObject({ size: 3, signedAtMs: START_MS + 1_000 });
  expect(await kept(set)).toEqual([first, next]);
});

test("another process goes on from the last head that was signed", async () => {
  const set = setUp();
  await set.recorder.record("default", [event(), event()]);
  const first = await set.checkpoints.sign("default");
  await set.recorder.record("default", [event()]);

  const next = await anotherProcess(set).sign("default");
  const { checkpoint } = await set.checkpoints.prove("default", 2);

  expect(next.size).toBe(3);
  expect(checkpoint).toEqual(next);
  expect(await kept(set)).toEqual([first, next]);
});

test("processes that sign at once never leave two heads that disagree", async () => {
  const set = setUp();
  await set.recorder.record("default", [event(), event()]);
  const processes = Array.from({ length: 4 }, () => anotherProcess(set));

  const heads = await Promise.all(processes.map(async (process) => await process.sign("default")));

  expect(heads.map(({ note }) => note)).toEqual(heads.map(() => heads[0]?.note));
  expect(await kept(set)).toHaveLength(1);
});

test("asking many times at once signs one head", async () => {
  const set = setUp();
  await set.recorder.record("default", [event(), event()]);

  const proofs = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => await set.checkpoints.prove("default", i % 2)),
  );

  expect(new Set(proofs.map(({ checkpoint }) => checkpoint.note)).size).toBe(1);
  expect(await kept(set)).toHaveLength(1);
});

test("L3 a record that was changed since the last head keeps the next one from being signed", async () => {
  const set = setUp();
  await set.recorder.record("default", [event(), event(), event()]);
  await set.checkpoints.sign("default");
  await set.recorder.record("default", [event()]);
  const mend = tamper(set, 3, ({ payload }) => ({
    payload: payload.replace("allowed", "denied_"),
  }));

  const refusal = set.checkpoints.sign("default");

  await expect(refusal).rejects.toMatchObject({
    reason: "INTEGRITY_FAILED",
    message: "record 3: the payload is not the one that the leaf holds",
  });
  expect(await kept(set)).toHaveLength(1);
  mend();
  expect((await set.checkpoints.sign("default")).size).toBe(4);
});

test("L3 a process that starts on a log other than the signed one signs nothing", async () => {
  const set = setUp();
  await set.recorder.record("default", [event(), event(), event()]);
  await set.checkpoints.sign("default");
  await set.recorder.record("default", [event()]);
  tamper(set, 1, () => ({ leafHash: Buffer.alloc(32) }));

  const refusal = anotherProcess(set).sign("default");

  await expect(refusal).rejects.toMatchObject({
    reason: "INTEGRITY_FAILED",
    message: "the first 3 records of the log are not those that were signed",
  });
});

test("L4 a log that is shorter than its last head gets no signature", async () => {
  const set = setUp();
  await set.recorder.record("default", [event(), event(), event()]);
  await set.checkpoints.sign("default");
  set.stores.audit.size = async () => 2;

  const refusal = anotherProcess(set).sign("default");

  await expect(refusal).rejects.toMatchObject({
    reason: "INTEGRITY_FAILED",
    message: "the log has 2 of 3 signed records",
  });
});

test("a head that somebody else signed is not followed", async () => {
  const set = setUp();
  await set.recorder.record("default", [event()]);
  const { keys } = memoryStores();
  const stranger = new EnvelopeKeyring(
    { keyStore: keys, rootKey: ephemeralKeyring(), clock: set.deps.clock },
    { deployment: "test" },
  );
  await new Checkpoints({ ...set.deps, keyring: stranger }).sign("default");

  const refusal = set.checkpoints.sign("default");

  await expect(refusal).rejects.toMatchObject({
    reason: "INTEGRITY_FAILED",
    message: "the checkpoint of 1 records was not signed by this log",
  });
});

function anotherProcess({ deps }: ReturnType<typeof setUp>): Checkpoints {
  return new Checkpoints(deps);
}

async function kept({ stores }: ReturnType<typeof setUp>): Promise<readonly Checkpoint[]> {
  return await stores.audit.checkpointsAfter("default", 0, 100);
}

/** Lets the store give another record than was written; the way back. */
function tamper(
  { stores: { audit } }: ReturnType<typeof setUp>,
  index: number,
  change: (record: { readonly payload: string }) => object,
): () => void {
  const original = audit.recordsFrom.bind(audit);
  audit.recordsFrom = async (...given) =>
    (await original(...given)).map((record) =>
      record.seq === index ? { ...record, ...change(record) } : record,
    );
  const hashes = audit.leafHashesFrom.bind(audit);
  audit.leafHashesFrom = async (...given) =>
    (await audit.recordsFrom(...given)).map(({ leafHash }) => leafHash);
  return () => {
    audit.recordsFrom = original;
    audit.leafHashesFrom = hashes;
  };
}
