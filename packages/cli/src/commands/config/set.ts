import { readFile } from "node:fs/promises";
import {
  documentTypeOf,
  type ItemType,
  isLlmcfgError,
  isSensitiveKey,
  type Json,
  LlmcfgError,
  parseJson,
} from "@llmcfg/core";
import { type Invocation, type Run, usage } from "../../command.ts";
import { cellValue } from "../../output/values.ts";
import { prepareWrite } from "../../write/prepare-write.ts";
import { reportWrite } from "../../write/report-write.ts";
import { sendWrite } from "../../write/send-write.ts";

const TYPES: readonly string[] = [
  "string",
  "number",
  "boolean",
  "object",
  "array",
  "document",
  "binary",
];

export const set: Run = async (invocation: Invocation) => {
  refuseSecretArgument(invocation, invocation.args[0] ?? "");
  const text = await valueText(invocation);
  const prepared = await prepareWrite(invocation);
  const { client, ref, before, message } = prepared;
  if (before?.sensitive === true && isGivenAsArgument(invocation))
    throw secretOnCommandLine(before.path);

  const type = typeOf(invocation, before?.type);
  const untyped = documentTypeOf(ref.key) === undefined ? "string" : "document"; // as the server has it
  const value = parseValue(text, type ?? untyped);
  const body = {
    value,
    ...(type === undefined ? {} : { type }),
    ...(message === undefined ? {} : { message }),
  };
  const ours = cellValue(value, type ?? untyped, before?.redacted === true);
  const answer = await sendWrite(invocation, prepared, ours, (options) =>
    client.postConfig(ref, body, { ...options, ifChanged: true }),
  );
  await reportWrite(invocation, prepared, { raw: answer.raw, result: answer.body });
  return 0;
};

function isGivenAsArgument({ args }: Invocation): boolean {
  return args[1] !== undefined && args[1] !== "-";
}

function refuseSecretArgument(invocation: Invocation, key: string): void {
  if (isSensitiveKey(key) && isGivenAsArgument(invocation)) throw secretOnCommandLine(key);
}

export function secretOnCommandLine(path: string): LlmcfgError {
  return usage(
    "secrets are not accepted on the command line",
    `pipe it: … | llmcfg secret set ${path} -`,
  );
}

/** From the argument, a file or stdin. @throws {LlmcfgError} `INVALID_ARGUMENT` */
export async function valueText({ io, args, flags }: Invocation): Promise<string> {
  const file = flags["from-file"];
  if (typeof file === "string") {
    if (args[1] !== undefined) throw usage("a value and --from-file were both given");
    return file === "-" ? await io.readInput() : await readText(file);
  }
  if (args[1] === "-") return await io.readInput();
  if (args[1] === undefined)
    throw usage("the value is missing", "give VALUE, - for stdin, or --from-file FILE");
  return args[1];
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw usage(`the file ${file} cannot be read (${codeOf(error)})`);
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw usage(`the file ${file} is no UTF-8 text`);
  }
}

/** `ENOENT`; the file system's own message says no more. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "for no known reason";
}

/** Never guessed: what the user says, else what is there. */
function typeOf({ flags }: Invocation, present: ItemType | undefined): ItemType | undefined {
  const asked = flags["type"];
  if (asked === undefined) return present;
  if (TYPES.includes(String(asked))) return asked as ItemType; // one of them
  throw usage(`there is no type ${String(asked)}`, `use one of ${TYPES.join(", ")}`);
}

/** @throws {LlmcfgError} `RULE_VIOLATION` where the text is not of the type */
export function parseValue(text: string, type: ItemType): Json {
  if (type === "document" || type === "binary") return text;
  const trimmed = text.replace(/\n$/, "");
  if (type === "string") return trimmed;
  const { value, fault } = readJson(trimmed);
  if (value !== undefined && typeNameOf(value) === type) return value;
  const what = `the value is not ${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
  const detail = fault === undefined || !/^[[{\d-]/.test(trimmed) ? what : `${what}: ${fault}`;
  throw new LlmcfgError("RULE_VIOLATION", detail, {
    errors: [{ pointer: "", code: "TYPE_MISMATCH", detail, expected: type }],
    hint: "give a value of that type, or another type with --type",
  });
}

/** `null` is a structure without content. */
function typeNameOf(value: Json): string {
  return Array.isArray(value) ? "array" : typeof value;
}

/** What a text is in JSON, or why it is none. */
function readJson(text: string): { readonly value?: Json; readonly fault?: string } {
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (!isLlmcfgError(error)) throw error;
    return { fault: error.message };
  }
}
