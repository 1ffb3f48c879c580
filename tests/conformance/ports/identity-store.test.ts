import { testIdentityStore } from "./identity-store.ts";
import { openMemory, openSqliteFile } from "./opened-stores.ts";

testIdentityStore("memory", openMemory);
testIdentityStore("sqlite", openSqliteFile);
