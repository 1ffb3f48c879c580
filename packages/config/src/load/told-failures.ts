import type { DefinedSchema } from "../schema/define-schema.ts";
import { namesIn } from "../schema/member-names.ts";
import { withMalformedSnippet } from "../validate/malformed-snippet.ts";
import { withHelp } from "../validate/to-finding.ts";
import type { ReadResult } from "./read-sources.ts";

/** The failures with what the schema can say about them: help, and the lines of malformed texts. */
export function toldFailures<T>(
  failures: ReadResult["failures"],
  { help, node }: Pick<DefinedSchema<T>, "help" | "node">,
): ReadResult["failures"] {
  return failures.map(({ textOf, ...failure }) => {
    const findings = failure.findings.map((one) => withHelp(one, help));
    if (textOf === undefined) return { ...failure, findings };
    const names = namesIn(node);
    const told = findings.map((one) => withMalformedSnippet(one, textOf, names));
    return { ...failure, findings: told };
  });
}
