import { isSecretRef, type ValidationReport } from "@llmcfg/config";
import type { Invocation, Run } from "../../command.ts";
import { openGateway } from "./open-gateway.ts";
import { count, printReport } from "./print-report.ts";
import { withConfigErrors } from "./with-config-errors.ts";

/** Checks files as a start would: sources, schema, checks, secrets, rules; nothing is opened. */
export const check: Run = withConfigErrors(checkFiles, { isReport: true });

async function checkFiles(invocation: Invocation): Promise<number> {
  const { loader, validator, resolveSecrets } = openGateway(invocation.args, invocation);
  const loaded = await loader.load({ resolveSecrets, signal: invocation.io.signal });
  const report: ValidationReport = await validator.validate(loaded);
  const references = referencesIn(loaded.config).size;
  const resolved = resolveSecrets ? "resolved" : "not looked at";
  const { checksum } = loaded;
  return await printReport(invocation, report, {
    more: { checksum, secretReferences: references, secretsResolved: resolveSecrets },
    verdict: [
      `${count(references, "secret reference")} ${resolved}`,
      `checksum ${checksum.slice(0, 8)}…`,
    ],
  });
}

/** The texts of all references to secrets. */
function referencesIn(value: unknown, found: Set<string> = new Set()): ReadonlySet<string> {
  if (isSecretRef(value)) {
    if (value.kind !== "literal") found.add(value.reference);
  } else if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) referencesIn(member, found);
  }
  return found;
}
