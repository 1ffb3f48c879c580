import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ConfigError } from "@llmcfg/config";
import {
  type Disposition,
  type ImportOptions,
  importConfig,
  type LossReport,
} from "@llmcfg/gateway/import";
import { type FlagValues, type Invocation, type Run, usage } from "../../command.ts";
import { printable } from "../../output/printable.ts";
import { orMissing } from "./or-missing.ts";
import { withConfigErrors } from "./with-config-errors.ts";

const REFUSED = 7;
const FORMATS = ["yaml", "toml", "json"] as const;

/** A configuration of ours out of another product's; the account of what was lost on stderr. */
export const importCommand: Run = withConfigErrors(
  async ({ io, args, flags, output }: Invocation) => {
    const [kind, file, ...more] = args;
    if (kind !== "litellm" || file === undefined || more.length > 0) {
      throw usage("llmcfg gateway import litellm FILE: those of LiteLLM can be read");
    }
    const failing = failOn(flags["fail-on"]);
    const read = async (path: string) => await readFile(resolve(io.cwd, path), "utf8");
    const options = optionsOf(flags);
    await orMissing(read(file), file);
    const { text, report } = await importConfig(kind, { entry: file, read }, options);
    const isLossy = failing.some((disposition) => report.counts[disposition] > 0);
    if (output.format === "json") io.out(`${JSON.stringify(toBody(report))}\n`);
    else io.err(`${printable(report.format())}\n`);
    if (text === undefined || isLossy) return REFUSED;
    const target = flags["to"];
    if (typeof target === "string") await writeNew(resolve(io.cwd, target), text);
    else if (output.format !== "json") io.out(text);
    return 0;
  },
);

/** What is there already is not replaced. */
async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (!exists) throw error;
    throw new ConfigError("target_exists", `${path} exists already`, { cause: error });
  }
}

function optionsOf(flags: FlagValues): ImportOptions {
  if (flags["move-secrets-to"] !== undefined) {
    throw usage(
      "--move-secrets-to is not built yet",
      "--redact-literals writes references to secrets that you store yourself",
    );
  }
  const asked = flags["format"] ?? "yaml";
  const format = FORMATS.find((known) => known === asked);
  if (format === undefined) throw usage(`--format is one of ${FORMATS.join(", ")}`);
  const literals = flags["redact-literals"] === true ? "redact" : "refuse";
  return { literals, format };
}

const LOSSES: readonly Disposition[] = ["approximated", "assumed", "preserved"];

function failOn(flag: FlagValues[string]): readonly Disposition[] {
  if (typeof flag !== "string") return [];
  return flag.split(",").map((word) => {
    const found = LOSSES.find((loss) => loss === word.trim());
    if (found === undefined) throw usage(`--fail-on takes ${LOSSES.join(", ")}`);
    return found;
  });
}

function toBody({ entries, counts, inputLeaves }: LossReport): object {
  return { inputLeaves, counts, entries };
}
