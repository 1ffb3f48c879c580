/**
 * A process that appends records to the file it is given, and says the number of each once it is
 * acknowledged; until it is killed.
 *
 * @module
 */

import { writeSync } from "node:fs";
import { fileAuditSink } from "@llmcfg/config/audit";
import { recordAfter } from "../../../../tests/conformance/ports/audit-records.ts";

const sink = await fileAuditSink(process.argv[2] ?? "", { fsync: "always", maxBytes: 20_000 });
let head = await sink.last?.();
for (;;) {
  const record = recordAfter(head);
  await sink.append(record);
  head = record;
  writeSync(1, `${record.seq}\n`);
}
