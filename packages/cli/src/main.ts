import { createId } from "@llmcfg/core";
console.log(process.version, createId("x", 1).length, process.argv.slice(2));
