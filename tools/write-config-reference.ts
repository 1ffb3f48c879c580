/**
 * Writes `docs/reference/gateway-config.md` from the schema of the gateway. Usage, after each change
 * of a field: `node --conditions=@llmcfg/source tools/write-config-reference.ts`.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configPage } from "./config-page.ts";

writeFileSync(join(import.meta.dirname, "../docs/reference/gateway-config.md"), configPage());
