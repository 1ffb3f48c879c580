import { type Finding, LlmcfgError, memberPointer, nearestNames } from "@llmcfg/core";
import { z } from "zod";

/** The part of a request that a schema is for. */
export type HttpPart = "body" | "querystring" | "params" | "headers";

/**
 * The input as the schema gives it.
 *
 * @throws {LlmcfgError} `UNKNOWN_FIELD` for members of a body that the schema does not have, else
 *   `INVALID_ARGUMENT`; with every finding
 */
export function parsePart(schema: z.ZodType, input: unknown, part: HttpPart): unknown {
  const result = schema.safeParse(input);
  if (result.success) return result.data;

  const found = result.error.issues.flatMap((issue) => findingsOf(issue, { schema, input, part }));
  // A name that is unknown comes first: it is often why another one is missing.
  const errors = [...found.filter(isUnknownName), ...found.filter((each) => !isUnknownName(each))];
  const isUnknown = part === "body" && errors.some(isUnknownName);
  const [first] = errors;
  const what = part === "querystring" ? "query" : part;
  const message = `the ${what} is not right: ${first?.detail ?? "it does not fit"}`;
  throw new LlmcfgError(isUnknown ? "UNKNOWN_FIELD" : "INVALID_ARGUMENT", message, { errors });
}

function isUnknownName({ code }: Finding): boolean {
  return code.startsWith("UNKNOWN_");
}

interface Parsed {
  readonly schema: z.ZodType;
  readonly input: unknown;
  readonly part: HttpPart;
}

function findingsOf(issue: z.core.$ZodIssue, { schema, input, part }: Parsed): readonly Finding[] {
  const pointer = issue.path.reduce<string>((at, name) => memberPointer(at, String(name)), "");
  if (issue.code === "unrecognized_keys") {
    const known = membersAt(schema, issue.path);
    return issue.keys.map((name) => unknownMember(pointer, name, known, part));
  }
  const where = issue.path.map(String).join(".");
  const value = valueAt(input, issue.path);
  const detail =
    value === undefined || (where === "" && value === null)
      ? `${where === "" ? "a JSON object" : where} is required`
      : part === "querystring" && Array.isArray(value)
        ? `${where} is given more than once`
        : withPlace(where, issue.message);
  return [{ pointer, code: issue.code.toUpperCase(), detail }];
}

function withPlace(where: string, message: string): string {
  const sentence = `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  return where === "" ? sentence : `${where}: ${sentence}`;
}

/** `undefined` where there is nothing. */
function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let at = input;
  for (const name of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = Reflect.get(at, name);
  }
  return at;
}

function unknownMember(
  parent: string,
  name: string,
  known: readonly string[],
  part: HttpPart,
): Finding {
  const isParameter = part === "querystring";
  const pointer = memberPointer(parent, name);
  const code = isParameter ? "UNKNOWN_PARAMETER" : "UNKNOWN_FIELD";
  const quoted = JSON.stringify(name.slice(0, 64));
  const detail = `there is no ${isParameter ? "parameter" : "member"} ${quoted} here`;
  const [suggestion] = nearestNames(name, known, 1);
  return suggestion === undefined
    ? { pointer, code, detail }
    : { pointer, code, detail, suggestion };
}

/** The member names that the schema has at a path. */
function membersAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const name of path) {
    at = unwrap(at);
    if (at instanceof z.ZodArray) at = at.element;
    else if (at instanceof z.ZodObject) at = shapeOf(at)[String(name)];
    else return [];
  }
  at = unwrap(at);
  return at instanceof z.ZodObject ? Object.keys(shapeOf(at)) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
    ? unwrap(schema.unwrap())
    : schema;
}

function shapeOf(schema: z.ZodObject): Readonly<Record<string, unknown>> {
  return schema.shape;
}
