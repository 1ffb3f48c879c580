/** Writes one state file over and over, until it is killed: `state-writer.ts FOLDER`. */

import { StateDir } from "../../src/state/state-dir.ts";

const [path = ""] = process.argv.slice(2);
const dir = new StateDir({ path, scope: "gateway", stateKey: undefined });
for (let i = 1; ; i++) {
  await dir.write("last_known_good", { i, padding: `${i} `.repeat(100_000) });
  console.log(`wrote ${i}`);
}
