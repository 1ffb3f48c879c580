/**
 * Writes `docs/reference/findings.md` from its examples and what is found in them. Usage, after each
 * change of a message: `node --conditions=@llmcfg/source tools/write-findings-reference.ts`.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findingsPage } from "./findings/findings-page.ts";

const file = join(import.meta.dirname, "../docs/reference/findings.md");
writeFileSync(file, await findingsPage());
