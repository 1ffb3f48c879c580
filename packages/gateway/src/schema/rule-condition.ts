import { field, type Json } from "@llmcfg/config";
import { RE2JS } from "re2js";
import * as z from "zod";
import { derived, described, headerName, httpMethod, orNull, setOf } from "./fields.ts";
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

const ids = described(
  z.array(z.string()).min(1),
  "Ids, of which one has to be the request's; at least one.",
);
const comparison = {
  op: described(
    field.choice(OPERATORS),
    "How the value of the request is compared; of a value that is missing only `ne` and `nin` hold.",
  ),
  value: described(
    field.json().nonoptional(),
    "What it is compared with: a list for `in` and `nin`, a number for `gt`, `gte`, `lt` and `lte`, text for `prefix`, `glob` and `regex` (RE2, at most 512 characters).",
  ),
};
const estimate = {
  op: described(
    field.choice(["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]),
    "How the estimate is compared.",
  ),
  value: described(
    z.union([z.number().min(0), z.array(z.number().min(0))]),
    "What it is compared with, not below 0; a list for `in` and `nin`.",
  ),
};
const timeOfDay = (): z.ZodString =>
  z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, "is not a time such as 09:30");

/** `condition` of a rule. */
export const ruleCondition: z.ZodType<RuleCondition> = z.discriminatedUnion("type", [
  z.strictObject({ type: described(z.literal("always"), "Holds of every request.") }),
  z.strictObject({
    type: described(z.literal("model_name"), "Holds if the name of the requested model matches."),
    pattern: described(
      field.glob("flat"),
      "Glob of the name: `*` is any run, `/` included, `?` one character, `[a-z]`, `{a,b}`.",
    ),
  }),
  z.strictObject({
    type: described(z.literal("tenant"), "Holds if the tenant is one of these."),
    ids,
  }),
  z.strictObject({ type: described(z.literal("user"), "Holds if the user is one of these."), ids }),
  z.strictObject({
    type: described(z.literal("api_key"), "Holds if the API key has one of these ids."),
    ids,
  }),
  z
    .strictObject({
      type: described(z.literal("header"), "Holds if a header compares so."),
      name: described(headerName(), "Name of the header, in any case."),
      ...comparison,
    })
    .superRefine(refineComparison),
  z.strictObject({
    type: described(z.literal("path"), "Holds if the path of the request matches."),
    pattern: described(field.glob("path"), "Glob of the path: `*` stops at `/`, `**` does not."),
  }),
  z.strictObject({
    type: described(z.literal("method"), "Holds if the HTTP method is this one."),
    method: described(httpMethod(), "The HTTP method, in capitals."),
  }),
  z
    .strictObject({
      type: described(
        z.literal("metadata"),
        "Holds if a value of the metadata of the request compares so.",
      ),
      key: described(z.string().min(1), "Where the value stands, with dots between levels."),
      ...comparison,
    })
    .superRefine(refineComparison),
  z
    .strictObject({
      type: described(z.literal("param"), "Holds if a parameter of the body compares so."),
      key: described(z.string().min(1), "Where the value stands, with dots between levels."),
      ...comparison,
    })
    .superRefine(refineComparison),
  z
    .strictObject({
      type: described(
        z.literal("token_estimate"),
        "Holds if the tokens of the request, estimated before the call, compare so.",
      ),
      ...estimate,
    })
    .superRefine(refineComparison),
  z
    .strictObject({
      type: described(
        z.literal("cost_estimate"),
        "Holds if the cost of the request in USD, estimated before the call, compares so.",
      ),
      ...estimate,
    })
    .superRefine(refineComparison),
  z.strictObject({
    type: described(z.literal("capability"), "Holds if the request needs all of these."),
    all: described(
      capabilities().refine((all) => all.length > 0, "needs at least one capability"),
      "Capabilities that the request needs; at least one.",
    ),
  }),
  z.strictObject({
    type: described(z.literal("tag"), "Holds if the request has this tag."),
    key: described(z.string().min(1), "Name of the tag."),
    value: described(orNull(z.string()), "What the tag has to be; null is any value."),
  }),
  z
    .strictObject({
      type: described(
        z.literal("time_window"),
        "Holds at these times of the day; a window past midnight belongs to the day it starts.",
      ),
      start: described(timeOfDay(), "First minute of the window, `HH:MM`."),
      end: described(timeOfDay(), "First minute after the window, `HH:MM`; not `start`."),
      timezone: described(
        z.string().refine(isTimezone, "is not a time zone such as Europe/Berlin"),
        "Time zone of the IANA database that the clock is read in.",
      ),
      days: described(
        setOf(field.choice(DAYS))
          .refine((days) => days.length > 0, "needs at least one day")
          .default([...DAYS]),
        "Days on which the window may start; at least one.",
      ),
    })
    .refine(({ start, end }) => start !== end, {
      error: "is the same as start: the window would be empty",
      path: ["end"],
    }),
  z.strictObject({
    type: described(
      z.literal("percentage"),
      "Holds of a share of the requests, always the same ones.",
    ),
    percent: described(z.number().min(0).max(100), "The share, from 0 to 100."),
    key: described(
      field.choice(["request_id", "user", "tenant"]),
      "What is drawn by: each request, each user or each tenant.",
    ),
    salt: described(
      derived(z.string(), "id of the rule"),
      "Text that sets this draw apart from others; the id of the rule where it is left out.",
    ),
  }),
  z.strictObject({
    type: described(z.literal("and"), "Holds if all of the conditions do."),
    get conditions() {
      return described(z.array(ruleCondition).min(1), "The conditions; at least one.");
    },
  }),
  z.strictObject({
    type: described(z.literal("or"), "Holds if one of the conditions does."),
    get conditions() {
      return described(z.array(ruleCondition).min(1), "The conditions; at least one.");
    },
  }),
  z.strictObject({
    type: described(z.literal("not"), "Holds if the condition does not."),
    get condition() {
      return described(ruleCondition, "The condition that must not hold.");
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
