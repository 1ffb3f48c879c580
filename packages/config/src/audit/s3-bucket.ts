import { ConfigError } from "../errors.ts";
import { importDriver } from "../import-driver.ts";
import { contentHash } from "../sources/content-hash.ts";
import { otherNameOf } from "./s3-object.ts";

export interface BucketOptions {
  readonly bucket: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly forcePathStyle?: boolean;
}

/**
 * Puts an object where none is. Where one with the same content is already, nothing is left to do;
 * where one with another content is, this one takes another name.
 *
 * @throws {ConfigError} `audit_unavailable`
 */
export type PutObject = (name: string, text: string) => Promise<void>;

export interface Bucket {
  readonly put: PutObject;
  readonly close: () => void;
}

/** How long one request may take. */
const TIMEOUT_MS = 5_000;

/** @throws {ConfigError} `driver_missing` */
export async function openBucket({ bucket, ...client }: BucketOptions): Promise<Bucket> {
  const sdk = await importDriver("@aws-sdk/client-s3", () => import("@aws-sdk/client-s3"));
  const { region, endpoint, forcePathStyle } = client;
  const s3 = new sdk.S3Client({
    maxAttempts: 2,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(forcePathStyle === undefined ? {} : { forcePathStyle }),
  });
  const create = async (Key: string, Body: string) => {
    const about = { ContentType: "application/jsonl", IfNoneMatch: "*" };
    const command = new sdk.PutObjectCommand({ Bucket: bucket, Key, Body, ...about });
    await s3.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
  };
  const read = async (Key: string) => {
    const command = new sdk.GetObjectCommand({ Bucket: bucket, Key });
    const { Body } = await s3.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
    return await Body?.transformToString();
  };
  const put: PutObject = async (name, text) => {
    try {
      if (await isNew(() => create(name, text))) return;
      if ((await read(name)) === text) return; // sent before, and the answer was lost
      await isNew(() => create(otherNameOf(name, contentHash(text)), text));
    } catch (error) {
      throw new ConfigError("audit_unavailable", unsent(bucket, error), { cause: error });
    }
  };
  return { put, close: () => s3.destroy() };
}

/** @returns false where an object of this name is there already */
async function isNew(create: () => Promise<void>): Promise<boolean> {
  try {
    await create();
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "PreconditionFailed") return false;
    throw error;
  }
}

function unsent(bucket: string, error: unknown): string {
  const name = error instanceof Error ? error.name : "it failed";
  return `the audit records cannot be sent to the bucket ${bucket}: ${name}`;
}
