import { randomBytes } from "node:crypto";
import { documentTypeOf, printable } from "@llmcfg/core";
import { type Invocation, type Run, usage } from "../../command.ts";
import type { Io } from "../../io.ts";
import { prepareWrite } from "../../write/prepare-write.ts";
import { reportWrite } from "../../write/report-write.ts";
import { sendWrite } from "../../write/send-write.ts";
import { secretOnCommandLine, valueText } from "../config/set.ts";

export const setSecret: Run = async (invocation: Invocation) => {
  const { args } = invocation;
  if (args[1] !== undefined && args[1] !== "-") throw secretOnCommandLine(args[0] ?? "");
  const value = await secretText(invocation);
  const prepared = await prepareWrite(invocation);
  const { client, ref, message } = prepared;
  const body = { value, sensitive: true, ...(message === undefined ? {} : { message }) };
  const answer = await sendWrite(invocation, prepared, "(sensitive)", (options) =>
    client.postConfig(ref, body, { ...options, ifChanged: true }),
  );
  await reportWrite(invocation, prepared, { raw: answer.raw, result: answer.body });
  return 0;
};

async function secretText(invocation: Invocation): Promise<string> {
  const { io, args, flags } = invocation;
  const spec = flags["generate"];
  if (typeof spec === "string") return generate(spec);
  if (args[1] === undefined && flags["from-file"] === undefined) {
    if (io.canAsk && flags["no-input"] !== true) return await typedSecret(io, args[0] ?? "");
    throw usage("the secret is missing", `pipe it: … | llmcfg secret set ${args[0] ?? "KEY"} -`);
  }
  const text = await valueText(invocation);
  const isDocument = documentTypeOf(args[0] ?? "") !== undefined; // kept byte for byte
  return isDocument ? text : text.replace(/\n$/, "");
}

async function typedSecret(io: Io, key: string): Promise<string> {
  const secret = await io.askHidden(`Value of ${printable(key)} (not shown): `);
  if (secret === "") throw usage("the secret is missing, so nothing was written");
  return secret;
}

const MAX_BYTES = 1_024;

/** `hex:32`, `base64:32`: that many random bytes, written so. */
function generate(spec: string): string {
  const match = /^(hex|base64):([1-9][0-9]{0,3})$/.exec(spec);
  const bytes = Number(match?.[2]);
  if (match === null || bytes > MAX_BYTES)
    throw usage(`--generate ${spec} is not a form`, "hex:32 or base64:32");
  return randomBytes(bytes).toString(match[1] === "hex" ? "hex" : "base64url");
}
