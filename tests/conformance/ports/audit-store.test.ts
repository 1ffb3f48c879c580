import { testAuditStore } from "./audit-store.ts";
import { openMemory, openSqliteFile } from "./opened-stores.ts";

testAuditStore("memory", openMemory);
testAuditStore("sqlite", openSqliteFile);
