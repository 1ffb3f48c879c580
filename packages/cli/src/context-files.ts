/**
 * The user's file of contexts and a project's `.llmcfg.yaml`.
 *
 * @module
 */

import { parse, YAMLParseError } from "yaml";
import { z } from "zod";
import { usage } from "./command.ts";

const ContextSchema = z.strictObject({
  server: z.string().optional(),
  tenant: z.string().optional(),
  env: z.string().optional(),
  service: z.string().optional(),
});
export type Context = z.output<typeof ContextSchema>;

const UserFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  current: z.string().optional(),
  contexts: z.record(z.string(), ContextSchema).default({}),
});
export type UserFile = z.output<typeof UserFileSchema>;

/** A project may name a context; never an address or a token (CLI-25). */
const ProjectFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  context: z.string().optional(),
  env: z.string().optional(),
  service: z.string().optional(),
  dir: z.string().optional(),
  source: z.string().optional(),
});
export type ProjectFile = z.output<typeof ProjectFileSchema>;

/** @throws {LlmcfgError} `INVALID_ARGUMENT` naming the file and what is wrong in it */
export function parseUserFile(file: string, content: string): UserFile {
  return parseFile(UserFileSchema, file, content);
}

/** @throws {LlmcfgError} `INVALID_ARGUMENT` naming the file and what is wrong in it */
export function parseProjectFile(file: string, content: string): ProjectFile {
  return parseFile(ProjectFileSchema, file, content);
}

function parseFile<S extends z.ZodType>(schema: S, file: string, content: string): z.output<S> {
  try {
    return schema.parse(parse(content));
  } catch (cause) {
    throw usage(`${file} is not right${whereOf(cause)}`);
  }
}

function whereOf(cause: unknown): string {
  if (cause instanceof YAMLParseError) {
    const [at] = cause.linePos ?? [];
    return at === undefined ? ": it is no YAML" : `: it is no YAML at ${at.line}:${at.col}`;
  }
  const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
  if (issue === undefined) return "";
  return ` at ${issue.path.join(".") || "its root"}: ${issue.message}`;
}
