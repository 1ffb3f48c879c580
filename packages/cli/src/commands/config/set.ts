import { readFile } from "node:fs/promises";
import { type ItemType, isSensitiveKey, type Json, LlmcfgError, parseJson } from "@llmcfg/core";
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
  const value = parseValue(text, type ?? "string");
  const body = {
    value,
    ...(type === undefined ? {} : { type }),
    ...(message === undefined ? {} : { message }),
  };
  const ours = cellValue(value, type ?? "string", before?.redacted === true);
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
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch {
    throw usage(`${file} cannot be read as UTF-8 text`);
  }
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
  const value = jsonOrUndefined(trimmed);
  const isRight =
    (type === "array" && Array.isArray(value)) ||
    (type === "object" &&
      (value === null || (typeof value === "object" && !Array.isArray(value)))) ||
    typeof value === type;
  if (value !== undefined && isRight) return value;
  const detail = `the value is not ${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
  throw new LlmcfgError("RULE_VIOLATION", detail, {
    errors: [{ pointer: "", code: "TYPE_MISMATCH", detail, expected: type }],
    hint: "give a value of that type, or another type with --type",
  });
}

function jsonOrUndefined(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
