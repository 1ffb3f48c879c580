export { printable } from "@llmcfg/core";
