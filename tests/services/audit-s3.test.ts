import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { ConfigLoader, ConfigValidator, createManager } from "@llmcfg/config";
import {
  type AuditSink,
  auditVerify,
  type S3AuditOptions,
  s3AuditSink,
} from "@llmcfg/config/audit";
import { MemorySource } from "@llmcfg/config/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatewaySchema } from "../../packages/config/test/support/gateway-schema.ts";
import { ManualClock } from "../../packages/config/test/support/manual-clock.ts";
import { until } from "../../packages/config/test/support/until.ts";
import { recordAfter, recordsFrom } from "../conformance/ports/audit-records.ts";
import { type AuditPlace, testAuditSink } from "../conformance/ports/audit-sink.ts";
import { CuttableProxy } from "../support/cuttable-proxy.ts";
import { workFolder } from "../support/endpoints.ts";
import { type MiniStack, openMiniStack } from "../support/services/ministack.ts";

const ENVIRONMENT = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };

let server: MiniStack | undefined;
let buckets = 0;

beforeAll(async () => {
  server = await openMiniStack();
  Object.assign(process.env, ENVIRONMENT);
});

afterAll(async () => {
  for (const name of Object.keys(ENVIRONMENT)) delete process.env[name];
  await server?.[Symbol.asyncDispose]();
});

testAuditSink("S3 (MiniStack)", () => Bucket.create());

describe("the audit sink on S3 (MiniStack)", () => {
  test("AUD-9 an object is named by day, instance and the records in it", async () => {
    await using bucket = await Bucket.create();
    await using sink = await bucket.open({ prefix: "logs/gateway/" });
    for (const record of recordsFrom(undefined, 3)) await sink.append(record);

    await sink.flush();
    await sink.append(recordAfter(await sink.last?.()));
    await sink.flush();

    expect(await bucket.names()).toEqual([
      "logs/gateway/2026/11/25/a-1-3.jsonl",
      "logs/gateway/2026/11/25/a-4-4.jsonl",
    ]);
  });

  test("AUD-9 records are sent five seconds after the first of them, without being asked", async () => {
    await using bucket = await Bucket.create();
    const clock = new ManualClock();
    await using sink = await bucket.open({ clock });
    for (const record of recordsFrom(undefined, 3)) await sink.append(record);

    clock.advance(4_999);
    const early = await bucket.names();
    clock.advance(1);
    await until("the object", async () => (await bucket.names()).length > 0);

    expect(early).toEqual([]);
    expect(await bucket.names()).toEqual(["audit/2026/11/25/a-1-3.jsonl"]);
  });

  test("AUD-9 records are sent at 1 MiB, and an object is not larger than that by a record", async () => {
    await using bucket = await Bucket.create();
    const clock = new ManualClock();
    await using sink = await bucket.open({ clock });
    const paths = ["x".repeat(300_000)];
    const first = recordAfter(undefined, { paths });
    const second = recordAfter(first, { paths });
    const third = recordAfter(second, { paths });
    const fourth = recordAfter(third, { paths });

    for (const record of [first, second, third, fourth]) await sink.append(record);
    clock.advance(0);
    await until("the object", async () => (await bucket.names()).length > 0);

    expect(await bucket.names()).toEqual(["audit/2026/11/25/a-1-4.jsonl"]);
  });

  test("AUD-9 where records are required each is in the bucket before its change happens, and no change without", async () => {
    await using bucket = await Bucket.create();
    await using proxy = await CuttableProxy.open(there().url);
    const sink = await bucket.open({ endpoint: proxy.url, clock: new ManualClock() });
    const source = new MemorySource({ server: { host: "one" } });
    const loader = new ConfigLoader(gatewaySchema).addSource(source);
    const validator = new ConfigValidator(gatewaySchema);
    await using _ = sink;
    await using manager = await createManager({
      loader,
      validator,
      audit: { required: true, sink },
    });
    const objects: number[] = [(await bucket.names()).length];
    manager.addParticipant({
      name: "witness",
      prepare: async () => ({
        commit: async () => void objects.push((await bucket.names()).length),
        abort: () => {},
      }),
    });

    source.put({ server: { host: "two" } });
    await manager.reload();
    source.put({ server: { host: "three" } });
    await manager.reload();
    const names = await bucket.names();
    await proxy.cut();
    source.put({ server: { host: "four" } });
    const refused = await manager.reload();

    expect(objects).toEqual([1, 2, 3]);
    expect(names.map((name) => name.slice(name.lastIndexOf("/") + 1))).toEqual([
      "a-1-1.jsonl",
      "a-2-2.jsonl",
      "a-3-3.jsonl",
    ]);
    expect(refused).toMatchObject({
      status: "rejected",
      stage: "audit",
      errors: [{ code: "audit_unavailable" }],
    });
    expect(manager.current().server.host).toBe("three");
  });

  test("AUD-9 what was not sent when the process ended is sent by the next one, and the chain goes on", async () => {
    await using bucket = await Bucket.create();
    await using proxy = await CuttableProxy.open(there().url);
    await using away = await bucket.open({ endpoint: proxy.url });
    await proxy.cut();
    for (const record of recordsFrom(undefined, 2)) await away.append(record);
    await expect(away.flush()).rejects.toMatchObject({ code: "audit_unavailable" });
    await away[Symbol.asyncDispose]();

    await using next = await bucket.open();
    await next.append(recordAfter(await next.last?.()));
    await next.flush();

    const lines = await bucket.stored();
    expect(lines).toHaveLength(3);
    expect(await verified(lines)).toMatchObject({ isValid: true, records: 3, findings: [] });
    expect(await readdir(bucket.spool)).toEqual(["head.json"]);
  });

  test("AUD-5 AUD-9 a bucket that is away is told to who listens, and that it is back", async () => {
    await using bucket = await Bucket.create();
    await using proxy = await CuttableProxy.open(there().url);
    await using sink = await bucket.open({ endpoint: proxy.url });
    const told: (string | undefined)[] = [];
    sink.onTrouble?.((error) => told.push(error?.message));
    await sink.append(recordAfter(undefined));

    await proxy.cut();
    await sink.flush().catch(() => {});
    await proxy.mend();
    await sink.flush();

    expect(told).toEqual([expect.stringContaining(`the bucket ${bucket.name}`), undefined]);
  });

  test("AUD-9 a spool that is full refuses further records, and takes them again once it is sent", async () => {
    await using bucket = await Bucket.create();
    await using sink = await bucket.open({ maxSpoolBytes: 700 });
    const records = recordsFrom(undefined, 4);
    const outcomes = await Promise.allSettled(records.map((record) => sink.append(record)));
    const full = outcomes.find(({ status }) => status === "rejected");

    await sink.flush();
    await sink.append(recordAfter(await sink.last?.()));

    expect(full).toMatchObject({ reason: { code: "audit_spool_full" } });
  });

  test("AUD-9 an object that was sent, and whose answer was lost, is not sent twice", async () => {
    await using bucket = await Bucket.create();
    const record = recordAfter(undefined);
    await using sink = await bucket.open();
    await sink.append(record);
    const [file] = (await readdir(bucket.spool)).filter((name) => name.endsWith(".jsonl"));
    await bucket.put("audit/2026/11/25/a-1-1.jsonl", `${canonical(record)}\n`);

    await sink.flush();

    expect(file).toBe("0000000000000001.jsonl");
    expect(await bucket.names()).toEqual(["audit/2026/11/25/a-1-1.jsonl"]);
  });

  test("AUD-9 an object of another chain is not written over", async () => {
    await using bucket = await Bucket.create();
    await bucket.put("audit/2026/11/25/a-1-1.jsonl", "another");
    await using sink = await bucket.open();
    await sink.append(recordAfter(undefined));

    await sink.flush();

    expect(await bucket.names()).toEqual([
      expect.stringMatching(/a-1-1-[0-9a-f]{16}\.jsonl$/),
      "audit/2026/11/25/a-1-1.jsonl",
    ]);
    expect(await bucket.text("audit/2026/11/25/a-1-1.jsonl")).toBe("another");
  });

  test("AUD-9 a line in the spool that a crash has torn is no record, and nothing is lost by it", async () => {
    await using bucket = await Bucket.create();
    const [first, second] = recordsFrom(undefined, 2);
    await using proxy = await CuttableProxy.open(there().url);
    {
      await using sink = await bucket.open({ endpoint: proxy.url });
      await proxy.cut();
      if (first !== undefined) await sink.append(first);
    }
    const segment = join(bucket.spool, "0000000000000001.jsonl");
    await writeFile(segment, `${canonical(first)}\n{"seq":2,`);

    await using next = await bucket.open();
    const last = await next.last?.();
    if (second !== undefined) await next.append(second);
    await next.flush();

    expect(last).toEqual({ seq: 1, hash: first?.hash });
    expect(await verified(await bucket.stored())).toMatchObject({ isValid: true, records: 2 });
  });
});

/** A bucket with a spool that outlives the sinks. */
class Bucket implements AuditPlace {
  readonly name: string;
  readonly #folder: AsyncDisposable & { readonly path: string };

  private constructor(name: string, folder: AsyncDisposable & { readonly path: string }) {
    this.name = name;
    this.#folder = folder;
  }

  static async create(): Promise<Bucket> {
    const name = `audit-${process.pid}-${buckets++}`;
    using s3 = client();
    await s3.client.send(new CreateBucketCommand({ Bucket: name }));
    return new Bucket(name, await workFolder("audit-spool"));
  }

  get spool(): string {
    return join(this.#folder.path, "a");
  }

  async open(options: Partial<S3AuditOptions> = {}): Promise<AuditSink> {
    return await s3AuditSink({
      bucket: this.name,
      prefix: "audit",
      spoolDir: this.#folder.path,
      instance: "a",
      region: "eu-west-1",
      endpoint: there().url,
      forcePathStyle: true,
      ...options,
    });
  }

  async names(): Promise<readonly string[]> {
    using s3 = client();
    const { Contents = [] } = await s3.client.send(new ListObjectsV2Command({ Bucket: this.name }));
    return Contents.map(({ Key = "" }) => Key).toSorted();
  }

  async text(key: string): Promise<string> {
    using s3 = client();
    const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
    return (await Body?.transformToString()) ?? "";
  }

  async put(key: string, text: string): Promise<void> {
    using s3 = client();
    await s3.client.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body: text }));
  }

  async stored(): Promise<readonly string[]> {
    const texts = await Promise.all((await this.names()).map((name) => this.text(name)));
    return texts.flatMap((text) => text.split("\n").slice(0, -1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}

async function verified(lines: readonly string[]): Promise<unknown> {
  await using folder = await workFolder("audit-lines");
  const path = join(folder.path, "audit.jsonl");
  await writeFile(path, lines.map((line) => `${line}\n`).join(""));
  return await auditVerify(path);
}

function client(): Disposable & { readonly client: S3Client } {
  const s3 = new S3Client({ endpoint: there().url, region: "eu-west-1", forcePathStyle: true });
  return { client: s3, [Symbol.dispose]: () => s3.destroy() };
}

function canonical(record: object | undefined): string {
  const members = Object.entries(record ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(members));
}

function there(): MiniStack {
  if (server !== undefined) return server;
  throw new Error("there is no MiniStack: run tools/services/install.sh aws");
}
