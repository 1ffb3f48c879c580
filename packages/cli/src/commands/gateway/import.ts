import { access, readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ConfigError } from "@llmcfg/config";
import { printable } from "@llmcfg/core";
import {
  type Disposition,
  type ImportOptions,
  importConfig,
  type LossReport,
} from "@llmcfg/gateway/import";
import { type FlagValues, type Invocation, type Run, usage } from "../../command.ts";
import { openSecretTarget, type SecretTarget } from "./move-secrets/secret-target.ts";
import { orMissing } from "./or-missing.ts";
import { withConfigErrors } from "./with-config-errors.ts";

const REFUSED = 7;
const FORMATS = ["yaml", "toml", "json"] as const;

/** A configuration of ours out of another product's; the account of what was lost on stderr. */
export const importCommand: Run = withConfigErrors(async (invocation: Invocation) => {
  const { io, args, flags, output } = invocation;
  const [, file = ""] = args; // the kind is the one there is
  const failing = failOn(flags["fail-on"]);
  const read = async (path: string) => await readFile(resolve(io.cwd, path), "utf8");
  const format = formatOf(flags);
  const target = await targetOf(invocation);
  await orMissing(read(file), file);
  const run = async (literals: NonNullable<ImportOptions["literals"]>) =>
    await importConfig("litellm", { entry: file, read }, { format, literals });
  const isLossy = ({ counts }: LossReport) =>
    failing.some((disposition) => counts[disposition] > 0);

  const trial = await run(target === undefined ? literalsOf(flags) : TRIAL);
  const isRefused = trial.text === undefined || isLossy(trial.report);
  const { text, report } = target === undefined || isRefused ? trial : await run(target);
  await target?.finish();
  const isForCredentials =
    trial.text === undefined && target === undefined && (await run("redact")).text !== undefined;
  const notes = [
    ...(isForCredentials ? [CREDENTIALS_HINT] : []),
    ...(target === undefined || isRefused ? [] : [storedNote(target.count, flags)]),
  ];
  tellReport(invocation, report, notes);
  if (text === undefined || isRefused) return REFUSED;
  const to = flags["to"];
  if (typeof to === "string") await writeNew(resolve(io.cwd, to), text);
  else if (output.format !== "json") io.out(text);
  return 0;
});

function tellReport(
  { io, output, flags }: Invocation,
  report: LossReport,
  notes: readonly string[],
): void {
  if (output.format === "json") {
    io.out(`${JSON.stringify(toBody(report))}\n`);
    return;
  }
  io.err(`${printable(report.format())}\n`);
  if (flags["quiet"] !== true) for (const note of notes) io.err(`${printable(note)}\n`);
}

const CREDENTIALS_HINT =
  "hint: store them with --move-secrets-to environment:FILE, vault:MOUNT or llmcfg, or write references with --redact-literals";

function storedNote(count: number, flags: FlagValues): string {
  const credentials = count === 1 ? "1 credential" : `${count} credentials`;
  return `${credentials} stored in ${String(flags["move-secrets-to"])}`;
}

/** A target that says how many credentials it was given. */
interface CountedTarget extends SecretTarget {
  readonly count: number;
}

function counted(target: SecretTarget): CountedTarget {
  let count = 0;
  return {
    ...target,
    get count() {
      return count;
    },
    moveTo: async (path, value) => {
      count++;
      return await target.moveTo(path, value);
    },
  };
}

/** As if everything were stored: nothing is, before it is known that there will be a document. */
const TRIAL: NonNullable<ImportOptions["literals"]> = {
  moveTo: async (path) => `\${secret:${path}}`,
};

/** @throws {LlmcfgError} `INVALID_ARGUMENT`, and what is wrong with the target before anything is read */
async function targetOf(invocation: Invocation): Promise<CountedTarget | undefined> {
  const { io, flags, output } = invocation;
  const { "move-secrets-to": target, to } = flags;
  if (typeof target !== "string") return undefined;
  if (flags["redact-literals"] === true) {
    throw usage("either --move-secrets-to or --redact-literals: they do different things");
  }
  if (output.format === "json" && to === undefined) {
    throw usage("-o json prints the report alone: name the file for what is imported with --to");
  }
  if (typeof to === "string") await requireNew(resolve(io.cwd, to));
  return counted(await openSecretTarget(target, invocation));
}

async function requireNew(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false, // whatever keeps it from being seen shows when it is written
  );
  if (isThere) throw new ConfigError("target_exists", `the file ${path} exists already`);
}

/** What is there already is not replaced. */
async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (!exists) throw error;
    throw new ConfigError("target_exists", `the file ${path} exists already`, { cause: error });
  }
}

function formatOf(flags: FlagValues): NonNullable<ImportOptions["format"]> {
  const asked = flags["format"] ?? "yaml";
  const format = FORMATS.find((known) => known === asked);
  if (format === undefined) throw usage(`--format is one of ${FORMATS.join(", ")}`);
  return format;
}

function literalsOf(flags: FlagValues): "redact" | "refuse" {
  return flags["redact-literals"] === true ? "redact" : "refuse";
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
