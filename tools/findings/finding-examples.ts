import { EXAMPLES_OF_CHECKS } from "./examples-of-checks.ts";
import { EXAMPLES_OF_FILES } from "./examples-of-files.ts";
import { EXAMPLES_OF_MERGING } from "./examples-of-merging.ts";
import { EXAMPLES_OF_RULES } from "./examples-of-rules.ts";
import { EXAMPLES_OF_RUNNING } from "./examples-of-running.ts";
import { EXAMPLES_OF_SECRETS } from "./examples-of-secrets.ts";
import { EXAMPLES_OF_VARIABLES } from "./examples-of-variables.ts";
import type { FindingExample } from "./finding-example.ts";

/** One for each code, in alphabetical order of the codes. */
export const FINDING_EXAMPLES: readonly FindingExample[] = [
  ...EXAMPLES_OF_CHECKS,
  ...EXAMPLES_OF_FILES,
  ...EXAMPLES_OF_MERGING,
  ...EXAMPLES_OF_RULES,
  ...EXAMPLES_OF_RUNNING,
  ...EXAMPLES_OF_SECRETS,
  ...EXAMPLES_OF_VARIABLES,
].toSorted((a, b) => (a.code < b.code ? -1 : 1));
