export { ManualClock } from "@llmcfg/config/testing";
