import { resolve } from "node:path";
import { type AuditFinding, auditVerify } from "@llmcfg/config/audit";
import { printable } from "@llmcfg/core";
import { type Invocation, type Run, usage } from "../../command.ts";
import { printAnswer } from "../../output/print.ts";
import { orMissing } from "./or-missing.ts";
import { count } from "./print-report.ts";
import { withConfigErrors } from "./with-config-errors.ts";

const BROKEN = 8;

/** Proves that no record of an audit log was changed, removed or put in. */
export const auditVerifyCommand: Run = withConfigErrors(
  async ({ io, args, output }: Invocation) => {
    const [file, ...more] = args;
    if (file === undefined || more.length > 0) {
      throw usage("name one log: llmcfg gateway audit-verify config-audit.jsonl");
    }
    const verified = await orMissing(auditVerify(resolve(io.cwd, file)), `the log ${file}`);
    const { isValid, records, files, findings, last } = verified;
    const end = last === undefined ? "" : `, last #${last.seq} ${last.hash}`;
    const total = `${isValid ? "ok" : "BROKEN"}  ${count(records, "record")} in ${count(files.length, "file")}${end}`;
    await printAnswer(io, output, {
      raw: JSON.stringify(verified),
      text: () => `${printable([...findings.map(lineOf), total].join("\n"))}\n`,
    });
    return isValid ? 0 : BROKEN;
  },
);

function lineOf({ file, line, severity, code, message }: AuditFinding): string {
  return `${file}:${line}: ${severity} ${code}: ${message}`;
}
