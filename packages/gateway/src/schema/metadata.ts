import { annotate, field } from "@llmcfg/config";
import * as z from "zod";
import { described, labels, orNull } from "./fields.ts";

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
export const metadataConfig: z.ZodType<MetadataConfig> = field.section(
  z.strictObject({
    name: described(orNull(z.string()), "Name of this configuration for people; null is none."),
    environment: described(
      orNull(z.string()),
      "Where it is meant for, as free text: `dev`, `staging` and `production` are usual; null is unsaid.",
    ),
    owner: described(orNull(z.string()), "Team or person to ask about it; null is unsaid."),
    description: described(
      orNull(z.string()),
      "What this configuration is for, as free text; null is none.",
    ),
    tags: described(labels().default({}), "Free labels, text to text."),
    last_modified: described(
      annotate(orNull(field.time()), { informational: true }),
      "When the document was last edited (RFC 3339); left out of diffs and checksums; null is unknown.",
    ),
    checksum: described(
      annotate(orNull(checksum), { informational: true }),
      "SHA-256 of the layer that gives it, without informational fields, as 64 lower-case hex digits; a layer that does not match is refused; null is not checked.",
    ),
  }),
);
