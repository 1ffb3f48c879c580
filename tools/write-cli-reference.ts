/**
 * Writes `docs/reference/cli.md` from the table of commands. Usage: `npm run docs`, after each change
 * of a command, a flag or a help topic.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "../packages/cli/src/commands.ts";
import { referencePage } from "../packages/cli/src/reference.ts";

const file = join(import.meta.dirname, "../docs/reference/cli.md");
writeFileSync(file, referencePage(COMMANDS));
