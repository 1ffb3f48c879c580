/** Prints what the doctor finds about a file, as JSON: `doctor-child.ts FILE`. */

import { ConfigLoader, doctorFiles } from "@llmcfg/config";
import { gatewaySchema } from "./gateway-schema.ts";

const [file = ""] = process.argv.slice(2);
const findings = await doctorFiles(new ConfigLoader(gatewaySchema).addFile(file), {
  watch: { debounce: "10ms", pollInterval: "100ms" },
});
console.log(JSON.stringify(findings));
