import { setUpSqlite, auditor, event } from "./set-up.ts";
import { verifyLog } from "../../src/modules/audit/verify-log.ts";
await using set = await setUpSqlite();
const n = Number(process.argv[2]);
let t = performance.now();
for (let i = 0; i < n; i += 5000) {
  await set.recorder.record("default", Array.from({ length: 5000 }, (_, j) => event({ details: { i: i + j, change: "sha256:9a5e01690ac9ba8b21db16ba2b49dfc3aa144e7f90aa5673c6ae40b2b935508e", fromHash: "hmac:9ad013315e86201beb53d0c674ac991e66d05b26f105d49f2ff4fd2ad1278553", message: null, toHash: "hmac:59d7d816fa02e5824db2b5204e61a8aa57cbe23484b5bb98120514049bc0e594" } })));
}
console.log("filled", (performance.now() - t) | 0);
t = performance.now();
await set.checkpoints.sign("default");
console.log("signed", (performance.now() - t) | 0);
t = performance.now();
const r = await verifyLog(set.deps, auditor());
console.log("verified", r.valid, r.treeSize, (performance.now() - t) | 0, process.cpuUsage().user / 1e6 | 0, process.memoryUsage().rss >> 20);
