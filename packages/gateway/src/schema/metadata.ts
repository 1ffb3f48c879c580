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
    name: orNull(z.string()).describe("Name of this configuration for people; null is none."),
    environment: orNull(z.string()).describe(
      "Where it is meant for, as free text: `dev`, `staging` and `production` are usual; null is unsaid.",
    ),
    owner: orNull(z.string()).describe("Team or person to ask about it; null is unsaid."),
    description: orNull(z.string()).describe(
      "What this configuration is for, as free text; null is none.",
    ),
    tags: labels().default({}).describe("Free labels, text to text."),
    last_modified: annotate(orNull(field.time()), { informational: true }).describe(
      "When the document was last edited (RFC 3339); left out of diffs and checksums; null is unknown.",
    ),
    checksum: annotate(orNull(checksum), { informational: true }).describe(
      "SHA-256 of the layer that gives it, without informational fields, as 64 lower-case hex digits; a layer that does not match is refused; null is not checked.",
    ),
  }),
);
