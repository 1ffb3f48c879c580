import { printable } from "@llmcfg/core";
import { exportConfig } from "@llmcfg/gateway/export";
import { type FlagValues, type Invocation, type Run, usage } from "../../command.ts";
import { openGateway } from "./open-gateway.ts";
import { withConfigErrors } from "./with-config-errors.ts";

const REFUSED = 7;

/** A configuration for another product out of ours; the account of what was lost on stderr. */
export const exportCommand: Run = withConfigErrors(async (invocation: Invocation) => {
  const { io, args, flags, output } = invocation;
  const [, file = ""] = args; // the kind is the one there is
  const envMap = envMapOf(flags);
  const { loader } = openGateway([file], invocation);
  const { document } = await loader.load({ resolveSecrets: false, signal: io.signal });
  const { files, report } = await exportConfig("litellm", document, { envMap });
  if (output.format === "json") {
    const { entries, counts, inputLeaves } = report;
    io.out(
      `${JSON.stringify({ inputLeaves, counts, entries, files: Object.fromEntries(files) })}\n`,
    );
  } else {
    io.err(`${printable(report.format())}\n`);
    for (const text of files.values()) io.out(text);
  }
  return files.size === 0 ? REFUSED : 0;
});

/** `providers[openai].auth.key=OPENAI_API_KEY,…` */
function envMapOf(flags: FlagValues): Readonly<Record<string, string>> {
  const text = flags["env-map"];
  if (typeof text !== "string") return {};
  const pairs = text.split(",").map((pair) => {
    const [, path, name] = /^(.+)=([A-Za-z_][A-Za-z0-9_]*)$/.exec(pair.trim()) ?? [];
    if (path === undefined || name === undefined) throw usage("--env-map takes PATH=NAME,…");
    return [path, name] as const;
  });
  return Object.fromEntries(pairs);
}
