/**
 * Writes `docs/reference/settings.md` from the schema of the server's settings. Usage, after each
 * change of a setting: `node --conditions=@llmcfg/source tools/write-settings-reference.ts`.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { settingsPage } from "../packages/server/src/settings/settings-page.ts";

const file = join(import.meta.dirname, "../docs/reference/settings.md");
writeFileSync(file, settingsPage());
