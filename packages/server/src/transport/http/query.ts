/**
 * Parameters that several routes have, as zod types: text in, a complete value out.
 *
 * @module
 */

import { isLlmcfgError, parseDuration, parseTime } from "@llmcfg/core";
import { z } from "zod";

/** `true` or `false`, nothing else. Absent is false. */
export const Flag: z.ZodType<boolean, string | undefined> = z
  .enum(["true", "false"])
  .optional()
  .transform((text) => text === "true");

/** A whole number of `min` to `max`. */
export function whole(min: number, max: number): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const number = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    context.addIssue(`must be a whole number of ${min} to ${max}`);
    return z.NEVER;
  });
}

/** `42` or `r42`. */
export const RevisionParam: z.ZodType<number, string> = z.string().transform((text, context) => {
  const number = parseRevision(text);
  if (number !== undefined) return number;
  context.addIssue("must be a revision: 42 or r42");
  return z.NEVER;
});

/** `3` or `v3`; 0 stands for none. */
export const VersionParam: z.ZodType<number, string> = z.string().transform((text, context) => {
  const match = /^v?(0|[1-9][0-9]{0,9})$/.exec(text);
  if (match !== null) return Number(match[1]);
  context.addIssue("must be a version: 3 or v3");
  return z.NEVER;
});

export function parseRevision(text: string): number | undefined {
  const match = /^r?([1-9][0-9]{0,15})$/.exec(text);
  const number = Number(match?.[1]);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** `500ms`, `30s`: milliseconds, at most `maxMs`. */
export function duration(maxMs: number): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const ms = orIssue(() => parseDuration(text), context);
    if (ms === undefined) return z.NEVER;
    if (ms <= maxMs) return ms;
    context.addIssue(`must be at most ${maxMs / 1_000}s`);
    return z.NEVER;
  });
}

/** A past state: a revision, or an instant in RFC 3339. */
export type At = { readonly revision: number } | { readonly timeMs: number };

export const AtParam: z.ZodType<At, string> = z.string().transform((text, context) => {
  const revision = parseRevision(text);
  if (revision !== undefined) return { revision };
  const timeMs = orIssue(() => parseTime(text), context);
  return timeMs === undefined ? z.NEVER : { timeMs };
});

export const Instant: z.ZodType<number, string> = z
  .string()
  .transform((text, context) => orIssue(() => parseTime(text), context) ?? z.NEVER);

/** What core's parsers refuse becomes a finding of the parameter. */
function orIssue(parse: () => number, context: z.RefinementCtx): number | undefined {
  try {
    return parse();
  } catch (error) {
    if (!isLlmcfgError(error, "INVALID_ARGUMENT")) throw error;
    const expected = error.details.errors[0]?.expected;
    context.addIssue(expected === undefined ? error.message : `${error.message}: ${expected}`);
    return undefined;
  }
}
