import { randomBytes } from "node:crypto";
import { type Invocation, type Run, usage } from "../../command.ts";
import { orConflict, prepareWrite, reportWrite } from "../../write.ts";
import { secretOnCommandLine, valueText } from "../config/set.ts";

export const setSecret: Run = async (invocation: Invocation) => {
  const { args } = invocation;
  if (args[1] !== undefined && args[1] !== "-") throw secretOnCommandLine(args[0] ?? "");
  const value = await secretText(invocation);
  const prepared = await prepareWrite(invocation);
  const { client, ref, options, message } = prepared;
  const body = { value, sensitive: true, ...(message === undefined ? {} : { message }) };
  const answer = await orConflict(prepared, "(sensitive)", () =>
    client.postConfig(ref, body, { ...options, ifChanged: true }),
  );
  return await reportWrite(invocation, prepared, { raw: answer.raw, result: answer.body });
};

async function secretText(invocation: Invocation): Promise<string> {
  const { args, flags } = invocation;
  const spec = flags["generate"];
  if (typeof spec === "string") return generate(spec);
  if (args[1] === undefined && flags["from-file"] === undefined) {
    throw usage("the secret is missing", `pipe it: … | llmcfg secret set ${args[0] ?? "KEY"} -`);
  }
  return (await valueText(invocation)).replace(/\n$/, "");
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
