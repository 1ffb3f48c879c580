export { MemorySource } from "@llmcfg/config/testing";
