import { annotate, field } from "@llmcfg/config";
import * as z from "zod";
import { labels, orNull, section } from "./fields.ts";

/** What people and tools say about the document. */
export interface MetadataConfig {
  readonly name: string | null;
  /** Free text; `dev`, `staging` and `production` are usual. */
  readonly environment: string | null;
  readonly owner: string | null;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly last_modified: string | null;
  /** SHA-256 of the document that gives it, in hex. */
  readonly checksum: string | null;
}

const checksum = z.string().regex(/^[0-9a-f]{64}$/, "is not a SHA-256 in 64 lower-case hex digits");

/** `metadata` of the configuration. */
export const metadataConfig: z.ZodType<MetadataConfig> = section(
  z.strictObject({
    name: orNull(z.string()),
    environment: orNull(z.string()),
    owner: orNull(z.string()),
    description: orNull(z.string()),
    tags: labels().default({}),
    last_modified: annotate(orNull(field.time()), { informational: true }),
    checksum: annotate(orNull(checksum), { informational: true }),
  }),
);
