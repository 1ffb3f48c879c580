/**
 * Writes `docs/schema/gateway.authoring.json` and `docs/schema/gateway.document.json` from the
 * schema of the gateway. Usage, after each change of a field:
 * `node --conditions=@llmcfg/source tools/write-schema.ts`.
 *
 * @module
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gatewaySchema } from "../packages/gateway/src/index.ts";

const folder = join(import.meta.dirname, "../docs/schema");
for (const flavour of ["authoring", "document"] as const) {
  const text = JSON.stringify(gatewaySchema.jsonSchema({ flavour }), null, 1);
  writeFileSync(join(folder, `gateway.${flavour}.json`), `${text}\n`);
}
