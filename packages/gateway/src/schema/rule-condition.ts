import { field, type Json } from "@llmcfg/config";
import { RE2JS } from "re2js";
import * as z from "zod";
import { derived, headerName, orNull, setOf } from "./fields.ts";
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

export type Operator = (typeof OPERATORS)[number];

export interface Comparison {
  readonly op: Operator;
  readonly value: Json;
}

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

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

/** A stable share of the requests, users or tenants. */
export interface Percentage {
  readonly type: "percentage";
  readonly percent: number;
  readonly key: "request_id" | "user" | "tenant";
  readonly salt: string;
}

const ids = z.array(z.string()).min(1);
const comparison = { op: field.choice(OPERATORS), value: field.json().nonoptional() };
const estimate = {
  op: field.choice(["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]),
  value: z.union([z.number().min(0), z.array(z.number().min(0))]),
};
const timeOfDay = z
  .string()
  .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, "is not a time such as 09:30");

/** `condition` of a rule. */
export const ruleCondition: z.ZodType<RuleCondition> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("always") }),
  z.strictObject({ type: z.literal("model_name"), pattern: field.glob("flat") }),
  z.strictObject({ type: z.literal("tenant"), ids }),
  z.strictObject({ type: z.literal("user"), ids }),
  z.strictObject({ type: z.literal("api_key"), ids }),
  z
    .strictObject({ type: z.literal("header"), name: headerName(), ...comparison })
    .superRefine(refineComparison),
  z.strictObject({ type: z.literal("path"), pattern: field.glob("path") }),
  z.strictObject({
    type: z.literal("method"),
    method: z.string().regex(/^[A-Z]+$/, "is not an HTTP method in capitals, such as POST"),
  }),
  z
    .strictObject({ type: z.literal("metadata"), key: z.string().min(1), ...comparison })
    .superRefine(refineComparison),
  z
    .strictObject({ type: z.literal("param"), key: z.string().min(1), ...comparison })
    .superRefine(refineComparison),
  z.strictObject({ type: z.literal("token_estimate"), ...estimate }).superRefine(refineComparison),
  z.strictObject({ type: z.literal("cost_estimate"), ...estimate }).superRefine(refineComparison),
  z.strictObject({
    type: z.literal("capability"),
    all: capabilities().refine((all) => all.length > 0, "needs at least one capability"),
  }),
  z.strictObject({
    type: z.literal("tag"),
    key: z.string().min(1),
    value: orNull(z.string()),
  }),
  z
    .strictObject({
      type: z.literal("time_window"),
      start: timeOfDay,
      end: timeOfDay,
      timezone: z.string().refine(isTimezone, "is not a time zone such as Europe/Berlin"),
      days: setOf(field.choice(DAYS))
        .refine((days) => days.length > 0, "needs at least one day")
        .default([...DAYS]),
    })
    .refine(({ start, end }) => start !== end, {
      error: "is the same as start: the window would be empty",
      path: ["end"],
    }),
  z.strictObject({
    type: z.literal("percentage"),
    percent: z.number().min(0).max(100),
    key: field.choice(["request_id", "user", "tenant"]),
    salt: derived(z.string(), "id of the rule"),
  }),
  z.strictObject({
    type: z.literal("and"),
    get conditions() {
      return z.array(ruleCondition).min(1);
    },
  }),
  z.strictObject({
    type: z.literal("or"),
    get conditions() {
      return z.array(ruleCondition).min(1);
    },
  }),
  z.strictObject({
    type: z.literal("not"),
    get condition() {
      return ruleCondition;
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
