import type { AuditRecord, AuditSink } from "@llmcfg/config/audit";
import { expect, test } from "vitest";
import { recordAfter, recordsFrom } from "./audit-records.ts";

/** Where a sink writes to, which outlives the sink as it outlives a process. */
export interface AuditPlace extends AsyncDisposable {
  /** A sink as a process opens it. */
  open(): Promise<AuditSink>;
  /** The lines that lie at the destination once they were flushed, in the order of the chain. */
  stored(): Promise<readonly string[]>;
}

/** What every audit sink promises, run against a real one. */
export function testAuditSink(name: string, openPlace: () => Promise<AuditPlace>): void {
  test(`AUD-4 ${name}: a new trail has no last record`, async () => {
    await using place = await openPlace();
    await using sink = await place.open();

    const last = await sink.last?.();

    expect(last).toBeUndefined();
  });

  test(`AUD-1 AUD-8 AUD-9 ${name}: each record is stored as it was given, in order`, async () => {
    await using place = await openPlace();
    await using sink = await place.open();
    const records = recordsFrom(undefined, 20);

    for (const record of records) await sink.append(record);
    await sink.flush();

    expect((await place.stored()).map(parsed)).toEqual(records);
  });

  test(`AUD-4 ${name}: the newest record is the last one, also for the next process`, async () => {
    await using place = await openPlace();
    const [first, second, third] = recordsFrom(undefined, 3) as [
      AuditRecord,
      AuditRecord,
      AuditRecord,
    ];
    {
      await using sink = await place.open();
      await sink.append(first);
      await sink.append(second);
      expect(await sink.last?.()).toEqual({ seq: 2, hash: second.hash });
    }

    await using next = await place.open();
    const last = await next.last?.();
    await next.append(third);
    await next.flush();

    expect(last).toEqual({ seq: 2, hash: second.hash });
    expect((await place.stored()).map(parsed)).toEqual([first, second, third]);
  });

  test(`AUD-4 ${name}: a process after one that flushed everything goes on with the chain`, async () => {
    await using place = await openPlace();
    const records = recordsFrom(undefined, 2);
    {
      await using sink = await place.open();
      for (const record of records) await sink.append(record);
      await sink.flush();
    }

    await using next = await place.open();
    const last = await next.last?.();

    expect(last).toEqual({ seq: 2, hash: records[1]?.hash });
  });

  test(`AUD-5 ${name}: calls at the same time are written one after the other`, async () => {
    await using place = await openPlace();
    await using sink = await place.open();
    const records = recordsFrom(undefined, 30);

    await Promise.all(records.map((record) => sink.append(record)));
    await sink.flush();

    expect((await place.stored()).map(parsed)).toEqual(records);
  });

  test(`AUD-1 ${name}: text that ends lines elsewhere, or is not ASCII, is one line here`, async () => {
    await using place = await openPlace();
    await using sink = await place.open();
    const record = recordAfter(undefined, {
      paths: ["a\nb", "\u2028c\u2029", "é 日本 🔑", "\r\n"],
    });

    await sink.append(record);
    await sink.flush();

    expect((await place.stored()).map(parsed)).toEqual([record]);
  });

  test(`AUD-5 ${name}: after its end a sink takes no record, and ending it again does nothing`, async () => {
    await using place = await openPlace();
    const sink = await place.open();
    const record = recordAfter(undefined);
    await sink[Symbol.asyncDispose]();

    const appending = (async () => await sink.append(record))();

    await expect(appending).rejects.toBeInstanceOf(Error);
    await sink[Symbol.asyncDispose]();
    expect(await place.stored()).toEqual([]);
  });
}

/** What a sink promises that several processes may write at a time, each told of the other. */
export function testSharedAuditSink(name: string, openPlace: () => Promise<AuditPlace>): void {
  test(`AUD-4 ${name}: a second process that goes on with the chain is noticed, and joined`, async () => {
    await using place = await openPlace();
    await using old = await place.open();
    await old.append(recordAfter(undefined));
    await using next = await place.open();
    const second = recordAfter(await next.last?.());
    await next.append(second);

    const outdated = old.append(recordAfter({ seq: 1, hash: second.prev_hash }, { paths: ["x"] }));
    await expect(outdated).rejects.toMatchObject({ code: "audit_conflict" });
    const third = recordAfter(await old.last?.());
    await old.append(third);

    expect(third.prev_hash).toBe(second.hash);
    expect(await place.stored()).toHaveLength(3);
  });
}

function parsed(line: string): unknown {
  return JSON.parse(line);
}
