import { type Problem, REASONS } from "@llmcfg/core";
import { z } from "zod";
import { FindingSchema } from "./schemas.ts";

/** What only a client can say is no answer of a server. */
const SERVED_REASONS: readonly string[] = Object.entries(REASONS).flatMap(([name, { isLocal }]) =>
  isLocal === true ? [] : [name],
);

/** An error as RFC 9457 has it; other members are the details of its reason. */
export const ProblemSchema: z.ZodType = z.looseObject({
  type: z.url(),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  instance: z.string(),
  reason: z.enum(SERVED_REASONS),
  requestId: z.string(),
  errors: z.array(FindingSchema),
  hint: z.string().optional(),
} satisfies { readonly [M in keyof Required<KnownMembers>]: z.ZodType });

type KnownMembers = {
  [M in keyof Problem as string extends M ? never : M]: Problem[M];
};
