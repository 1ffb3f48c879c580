import { testKeyStore } from "./key-store.ts";
import { openMemory, openSqliteFile } from "./opened-stores.ts";

testKeyStore("memory", openMemory);
testKeyStore("sqlite", openSqliteFile);
