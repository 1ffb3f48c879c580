import type { EnvironmentGraph, Revision } from "@llmcfg/core";

/** Gives the environments of a tenant; answers of the newest revision come from memory. */
export interface EnvironmentReader {
  /** @throws {LlmcfgError} `NOT_FOUND` where there is no such tenant */
  graph(tenant: string, at?: Revision): Promise<EnvironmentGraph>;
}
