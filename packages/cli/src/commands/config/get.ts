import { formatAge, LlmcfgError, printable } from "@llmcfg/core";
import type { Entry } from "@llmcfg/protocol";
import { type Invocation, type Run, usage } from "../../command.ts";
import { connect } from "../../connection.ts";
import { resolveKeyArgument } from "../../key-reference.ts";
import { printAnswer } from "../../output/print.ts";
import { styleOf } from "../../output/style.ts";
import { bareValue } from "../../output/values.ts";

export const get: Run = async (invocation: Invocation) => {
  const { io, args, flags, output } = invocation;
  if (flags["layers"] === true) {
    const { explainTo } = await import("./explain.ts");
    return await explainTo(invocation);
  }
  const { format } = output;
  const startedAt = performance.now();
  const { client, scope } = await connect(io, flags);
  const ref = resolveKeyArgument(args[0] ?? "", scope);
  const answer = await client.getConfig(ref, {
    at: flags["at"] as string | undefined, // a flag with a value
    version: versionOf(flags["version"]),
    reveal: flags["reveal"] === true ? true : undefined,
    signal: io.signal,
  });
  const { body } = answer;
  if (body.redacted && (format === "raw" || (format === "table" && !io.isTerminal))) {
    throw new LlmcfgError("REVEAL_REQUIRED", "this value is sensitive", {
      hint: "repeat with --reveal (the access is recorded)",
    });
  }
  const lookupMs = performance.now() - startedAt;
  await printAnswer(io, output, {
    raw: answer.raw,
    text: () => toText(body, format === "raw", io.isTerminal),
    names: () => [body.path],
  });
  const isQuiet = flags["quiet"] === true;
  if (io.isTerminal && format === "table" && !isQuiet) {
    const style = styleOf(flags, io.env, io.isErrTerminal);
    io.err(`${style("dim", provenance(body))}\n`);
  }
  if (flags["verbose"] === true && !isQuiet) io.err(`lookup ${lookupMs.toFixed(1)} ms (server)\n`);
  return 0;
};

function versionOf(flag: string | boolean | undefined): number | undefined {
  if (flag === undefined) return undefined;
  const version = /^v?([1-9][0-9]{0,15})$/.exec(String(flag))?.[1];
  if (version !== undefined) return Number(version);
  throw usage(`--version ${String(flag)} is no version of a key`, "a number as 3 or v3");
}

function toText(
  { value, redacted, fingerprint }: Entry,
  isRaw: boolean,
  isTerminal: boolean,
): string {
  if (redacted) return `(sensitive) fp ${fingerprint ?? "-"}\n`;
  if (isRaw) return bareValue(value);
  const text = bareValue(value);
  return `${isTerminal ? printable(text) : text}\n`;
}

/** `from base v1 (inherited), system:dev, 3m` */
function provenance({ origin, version, updatedBy, updatedAt }: Entry): string {
  const age = formatAge(Date.now() - Date.parse(updatedAt));
  const how = origin.inherited ? " (inherited)" : "";
  return printable(`from ${origin.layer} v${version}${how}, ${updatedBy}, ${age}`);
}
