import type { Snapshot } from "@llmcfg/config";
import type { GatewayConfig } from "@llmcfg/gateway";

/** The configuration that one request is served with, from its first byte to its last. */
export type GatewaySnapshot = Snapshot<GatewayConfig>;
