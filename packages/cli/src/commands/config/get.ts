import { formatAge, LlmcfgError } from "@llmcfg/core";
import type { Entry } from "@llmcfg/protocol";
import type { Invocation, Run } from "../../command.ts";
import { connect } from "../../connection.ts";
import { resolveKeyArgument } from "../../key-reference.ts";
import { formatOf, printAnswer } from "../../output/print.ts";
import { printable } from "../../output/printable.ts";
import { bareValue } from "../../output/values.ts";
import { explainTo } from "./explain.ts";

export const get: Run = async (invocation: Invocation) => {
  const { io, args, flags } = invocation;
  if (flags["layers"] === true) return await explainTo(invocation);
  const format = formatOf(flags, io.env);
  const { client, scope } = await connect(io, flags);
  const ref = resolveKeyArgument(args[0] ?? "", scope);
  const answer = await client.getConfig(ref, {
    at: flags["at"] as string | undefined, // a flag with a value
    version:
      flags["version"] === undefined
        ? undefined
        : Number(String(flags["version"]).replace(/^v/, "")),
    reveal: flags["reveal"] === true ? true : undefined,
    signal: io.signal,
  });
  const { body } = answer;
  if (body.redacted && (format === "raw" || (format === "table" && !io.isTerminal))) {
    throw new LlmcfgError("REVEAL_REQUIRED", "this value is sensitive", {
      hint: "repeat with --reveal (the access is recorded)",
    });
  }
  const options = { format, query: flags["query"] as string | undefined }; // a flag with a value
  await printAnswer(
    io,
    options,
    answer,
    () => toText(body, format === "raw", io.isTerminal),
    () => [body.path],
  );
  if (io.isTerminal && format === "table" && flags["quiet"] !== true) io.err(provenance(body));
  return 0;
};

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
  return `from ${origin.layer} v${version}${how}, ${updatedBy}, ${age}\n`;
}
