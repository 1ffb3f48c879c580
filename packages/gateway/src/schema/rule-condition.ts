import { field, type Json } from "@llmcfg/config";
import { RE2JS } from "re2js";
import * as z from "zod";
import { derived, headerName, httpMethod, orNull, setOf } from "./fields.ts";
import { type Capability, capabilities } from "./model.ts";

/** How a value of the request is compared. */
export const OPERATORS = [
  "eq",
  "ne",
  "gt",
  "gte",
  "lt",
  "lte",
  "in",
  "nin",
  "prefix",
  "glob",
  "regex",
] as const;

/** How a value of the request is compared: `in` and `nin` with a list, `glob` and `regex` with a pattern. */
export type Operator = (typeof OPERATORS)[number];

/** How a value of the request is compared, and what with. */
export interface Comparison {
  readonly op: Operator;
  readonly value: Json;
}

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** A day of the week. */
export type Day = (typeof DAYS)[number];

/** What has to hold of a request for a rule to decide. */
export type RuleCondition =
  | { readonly type: "always" }
  | { readonly type: "model_name"; readonly pattern: string }
  | { readonly type: "tenant" | "user" | "api_key"; readonly ids: readonly string[] }
  | ({ readonly type: "header"; readonly name: string } & Comparison)
  | { readonly type: "path"; readonly pattern: string }
  | { readonly type: "method"; readonly method: string }
  | ({ readonly type: "metadata" | "param"; readonly key: string } & Comparison)
  | EstimateCondition
  | { readonly type: "capability"; readonly all: readonly Capability[] }
  | { readonly type: "tag"; readonly key: string; readonly value: string | null }
  | TimeWindow
  | Percentage
  | { readonly type: "and" | "or"; readonly conditions: readonly RuleCondition[] }
  | { readonly type: "not"; readonly condition: RuleCondition };

/** On the tokens, or the cost in USD, that were estimated before the call. */
export interface EstimateCondition {
  readonly type: "token_estimate" | "cost_estimate";
  readonly op: Exclude<Operator, "prefix" | "glob" | "regex">;
  readonly value: number | readonly number[];
}

/** By the clock on the wall of `timezone`; a window past midnight belongs to the day it starts. */
export interface TimeWindow {
  readonly type: "time_window";
  /** `HH:MM`. */
  readonly start: string;
  /** `HH:MM`, exclusive. */
  readonly end: string;
  /** Of the IANA database. */
  readonly timezone: string;
  readonly days: readonly Day[];
}

/** A share of the requests, users or tenants: `key` and `salt` alone decide which. */
export interface Percentage {
  readonly type: "percentage";
  /** 0–100. */
  readonly percent: number;
  readonly key: "request_id" | "user" | "tenant";
  readonly salt: string;
}

const ids = z
  .array(z.string())
  .min(1)
  .describe("Ids, of which one has to be the request's; at least one.");
const comparison = {
  op: field
    .choice(OPERATORS)
    .describe(
      "How the value of the request is compared; of a value that is missing only `ne` and `nin` hold.",
    ),
  value: field
    .json()
    .nonoptional()
    .describe(
      "What it is compared with: a list for `in` and `nin`, a number for `gt`, `gte`, `lt` and `lte`, text for `prefix`, `glob` and `regex` (RE2, at most 512 characters).",
    ),
};
const estimate = {
  op: field
    .choice(["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"])
    .describe("How the estimate is compared."),
  value: z
    .union([z.number().min(0), z.array(z.number().min(0))])
    .describe("What it is compared with, not below 0; a list for `in` and `nin`."),
};
const timeOfDay = z
  .string()
  .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, "is not a time such as 09:30");

/** `condition` of a rule. */
export const ruleCondition: z.ZodType<RuleCondition> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("always").describe("Holds of every request.") }),
  z.strictObject({
    type: z.literal("model_name").describe("Holds if the name of the requested model matches."),
    pattern: field
      .glob("flat")
      .describe(
        "Glob of the name: `*` is any run, `/` included, `?` one character, `[a-z]`, `{a,b}`.",
      ),
  }),
  z.strictObject({
    type: z.literal("tenant").describe("Holds if the tenant is one of these."),
    ids,
  }),
  z.strictObject({ type: z.literal("user").describe("Holds if the user is one of these."), ids }),
  z.strictObject({
    type: z.literal("api_key").describe("Holds if the API key has one of these ids."),
    ids,
  }),
  z
    .strictObject({
      type: z.literal("header").describe("Holds if a header compares so."),
      name: headerName().describe("Name of the header, in any case."),
      ...comparison,
    })
    .superRefine(refineComparison),
  z.strictObject({
    type: z.literal("path").describe("Holds if the path of the request matches."),
    pattern: field.glob("path").describe("Glob of the path: `*` stops at `/`, `**` does not."),
  }),
  z.strictObject({
    type: z.literal("method").describe("Holds if the HTTP method is this one."),
    method: httpMethod().describe("The HTTP method, in capitals."),
  }),
  z
    .strictObject({
      type: z
        .literal("metadata")
        .describe("Holds if a value of the metadata of the request compares so."),
      key: z.string().min(1).describe("Where the value stands, with dots between levels."),
      ...comparison,
    })
    .superRefine(refineComparison),
  z
    .strictObject({
      type: z.literal("param").describe("Holds if a parameter of the body compares so."),
      key: z.string().min(1).describe("Where the value stands, with dots between levels."),
      ...comparison,
    })
    .superRefine(refineComparison),
  z
    .strictObject({
      type: z
        .literal("token_estimate")
        .describe("Holds if the tokens of the request, estimated before the call, compare so."),
      ...estimate,
    })
    .superRefine(refineComparison),
  z
    .strictObject({
      type: z
        .literal("cost_estimate")
        .describe(
          "Holds if the cost of the request in USD, estimated before the call, compares so.",
        ),
      ...estimate,
    })
    .superRefine(refineComparison),
  z.strictObject({
    type: z.literal("capability").describe("Holds if the request needs all of these."),
    all: capabilities()
      .refine((all) => all.length > 0, "needs at least one capability")
      .describe("Capabilities that the request needs; at least one."),
  }),
  z.strictObject({
    type: z.literal("tag").describe("Holds if the request has this tag."),
    key: z.string().min(1).describe("Name of the tag."),
    value: orNull(z.string()).describe("What the tag has to be; null is any value."),
  }),
  z
    .strictObject({
      type: z
        .literal("time_window")
        .describe(
          "Holds at these times of the day; a window past midnight belongs to the day it starts.",
        ),
      start: timeOfDay.describe("First minute of the window, `HH:MM`."),
      end: timeOfDay.describe("First minute after the window, `HH:MM`; not `start`."),
      timezone: z
        .string()
        .refine(isTimezone, "is not a time zone such as Europe/Berlin")
        .describe("Time zone of the IANA database that the clock is read in."),
      days: setOf(field.choice(DAYS))
        .refine((days) => days.length > 0, "needs at least one day")
        .default([...DAYS])
        .describe("Days on which the window may start; at least one."),
    })
    .refine(({ start, end }) => start !== end, {
      error: "is the same as start: the window would be empty",
      path: ["end"],
    }),
  z.strictObject({
    type: z
      .literal("percentage")
      .describe("Holds of a share of the requests, always the same ones."),
    percent: z.number().min(0).max(100).describe("The share, from 0 to 100."),
    key: field
      .choice(["request_id", "user", "tenant"])
      .describe("What is drawn by: each request, each user or each tenant."),
    salt: derived(z.string(), "id of the rule").describe(
      "Text that sets this draw apart from others; the id of the rule where it is left out.",
    ),
  }),
  z.strictObject({
    type: z.literal("and").describe("Holds if all of the conditions do."),
    get conditions() {
      return z.array(ruleCondition).min(1).describe("The conditions; at least one.");
    },
  }),
  z.strictObject({
    type: z.literal("or").describe("Holds if one of the conditions does."),
    get conditions() {
      return z.array(ruleCondition).min(1).describe("The conditions; at least one.");
    },
  }),
  z.strictObject({
    type: z.literal("not").describe("Holds if the condition does not."),
    get condition() {
      return ruleCondition.describe("The condition that must not hold.");
    },
  }),
]);

/** The longest regular expression that is accepted, in characters. */
export const MAX_REGEX_LENGTH = 512;

/** Whether the value is one that the operator can be used with. */
function refineComparison(given: Comparison, context: z.RefinementCtx): void {
  const message = checkOperand(given);
  if (message !== undefined) context.addIssue({ code: "custom", path: ["value"], message });
}

function checkOperand({ op, value }: Comparison): string | undefined {
  switch (op) {
    case "eq":
    case "ne":
      return Array.isArray(value) ? `${op} compares with one value: use in or nin` : undefined;
    case "in":
    case "nin":
      return Array.isArray(value) ? undefined : `${op} needs a list`;
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return typeof value === "number" ? undefined : `${op} needs a number`;
    case "prefix":
      return typeof value === "string" ? undefined : "prefix needs a text";
    case "glob":
      return typeof value === "string" ? checkGlob(value) : "glob needs a text";
    case "regex":
      return typeof value === "string" ? checkRegex(value) : "regex needs a text";
  }
}

function checkGlob(pattern: string): string | undefined {
  return field.glob("flat").safeParse(pattern).success ? undefined : "is not a pattern";
}

function checkRegex(source: string): string | undefined {
  if (source.length > MAX_REGEX_LENGTH) {
    return `has ${source.length} characters, at most ${MAX_REGEX_LENGTH} are allowed`;
  }
  try {
    RE2JS.compile(source);
    return undefined;
  } catch {
    return "is not a regular expression in RE2 syntax: it has no look-around or back-references";
  }
}

function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false; // an offset such as +02:00 knows no summer time
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    return timeZone !== "";
  } catch {
    return false;
  }
}
