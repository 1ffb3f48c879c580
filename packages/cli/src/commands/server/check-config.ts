import { type Finding, printable } from "@llmcfg/core";
import {
  type CheckedSettings,
  checkSettings,
  findSettingsFile,
  formatFinding,
  namedFile,
} from "@llmcfg/server/settings";
import type { Invocation, Run } from "../../command.ts";
import { printAnswer } from "../../output/print.ts";

/** Checks what `server start` would read: the file, and the variables of this environment. */
export const checkConfig: Run = async ({ io, args, output }: Invocation) => {
  const [name] = args;
  const file = name === undefined ? await findSettingsFile(io) : namedFile(name, io);
  const checked = await checkSettings({ env: io.env, file });
  const shown = file?.shown ?? "variables and defaults";
  await printAnswer(io, output, {
    raw: JSON.stringify(toBody(checked)),
    text: () => toText(checked, shown),
  });
  return checked.errors.length === 0 ? 0 : 7;
};

/** Each member of a finding is there, as in a problem document. */
function toBody({ errors, warnings }: CheckedSettings): object {
  return {
    valid: errors.length === 0,
    errors: errors.map(complete),
    warnings: warnings.map(complete),
  };
}

function complete(finding: Finding): Readonly<Record<keyof Finding, unknown>> {
  const { pointer, code, detail } = finding;
  const { expected = null, suggestion = null, file = null, line = null, column = null } = finding;
  return { pointer, code, detail, expected, suggestion, file, line, column };
}

function toText({ errors, warnings }: CheckedSettings, shown: string): string {
  const lines = [
    ...errors.map((finding) => formatFinding(finding, "error")),
    ...warnings.map((finding) => formatFinding(finding, "warning")),
  ];
  const result =
    lines.length === 0
      ? `${shown}  ok`
      : `${count(errors, "error")}, ${count(warnings, "warning")}`;
  return `${printable([...lines, result].join("\n"))}\n`;
}

/** `1 error`, `0 warnings`. */
function count(findings: readonly unknown[], what: string): string {
  return `${findings.length} ${what}${findings.length === 1 ? "" : "s"}`;
}
