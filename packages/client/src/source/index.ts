/**
 * The control plane as a source of `@llmcfg/config`: `@llmcfg/client/source`.
 *
 * @module
 */

export type { ProofSource } from "../agent/proof.ts";
export type { LlmcfgSecrets } from "./llmcfg-secrets.ts";
export { type LlmcfgSource, llmcfgSource, type SourceStatus } from "./llmcfg-source.ts";
export type { LlmcfgSourceOptions } from "./options.ts";
