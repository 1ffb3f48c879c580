/** Prints what the doctor finds about a file, as JSON: `doctor-child.ts FILE [AUDIT-FILE]`. */

import { ConfigLoader, doctorFiles } from "@llmcfg/config";
import { gatewaySchema } from "./gateway-schema.ts";

const [file = "", audit] = process.argv.slice(2);
const findings = await doctorFiles(new ConfigLoader(gatewaySchema).addFile(file), {
  watch: { debounce: "10ms", pollInterval: "100ms" },
  written: audit === undefined ? [] : [{ kind: "audit", path: audit }],
});
console.log(JSON.stringify(findings));
