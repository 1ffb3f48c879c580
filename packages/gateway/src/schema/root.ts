import {
  type ConfigSchema,
  type DeepReadonly,
  defineSchema,
  field,
  type Json,
} from "@llmcfg/config";
import * as z from "zod";
import { CROSS_CHECKS } from "../checks/cross-checks.ts";
import { helpOf } from "../checks/finding-codes.ts";
import { MATERIAL_RULES } from "../checks/material-rules.ts";
import { GATEWAY_ANALYSERS } from "../impact/analysers.ts";
import { deriveDefaults } from "./derive-defaults.ts";
import { type FeaturesConfig, featuresConfig } from "./features.ts";
import { described, orNull } from "./fields.ts";
import { filesWrittenBy } from "./files-written-by.ts";
import { type MetadataConfig, metadataConfig } from "./metadata.ts";
import { type ObservabilityConfig, observabilityConfig } from "./observability.ts";
import { type ProviderConfig, providerConfig } from "./provider.ts";
import { DEFAULT_REQUEST_TIMEOUT, type ResilienceConfig, resilienceConfig } from "./resilience.ts";
import { DEFAULT_STRATEGY, type RoutingConfig, routingConfig } from "./routing.ts";
import { type SecretsConfig, secretsConfig } from "./secrets.ts";
import { type SecurityConfig, securityConfig } from "./security.ts";
import { type ServerConfig, serverConfig } from "./server.ts";

/** The whole configuration of an LLM gateway. */
export interface GatewayConfig {
  /** The version label: free text of whoever writes the document. */
  readonly version: string;
  readonly metadata: MetadataConfig;
  readonly server: ServerConfig;
  readonly providers: readonly ProviderConfig[];
  readonly routing: RoutingConfig;
  readonly resilience: ResilienceConfig;
  readonly observability: ObservabilityConfig;
  readonly security: SecurityConfig;
  readonly features: FeaturesConfig;
  readonly secrets: SecretsConfig | null;
  readonly extensions: Readonly<Record<string, Json>>;
}

const VERSION_LABEL = /^[0-9]+(\.[0-9]+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

const providers = field.keyedList(providerConfig, { key: "id" });

const gatewayRoot = z.strictObject({
  version: described(
    field
      .lexical()
      .refine((label) => VERSION_LABEL.test(label), "is not a version such as 2026.11.1")
      .prefault("1.0.0"),
    "Version label of the document, such as `2026.11.1`: one to three numbers with an optional `-pre` and `+build`; shown in history, never compared.",
  ),
  metadata: described(
    metadataConfig,
    "What people and tools say about the document; nothing in it changes how the gateway works.",
  ),
  server: described(
    serverConfig,
    "How the gateway listens: address, ports, TLS, limits of connections and requests.",
  ),
  providers: described(
    providers.refine((list) => list.length > 0, "At least one provider required"),
    "Upstreams that requests can go to, each with the models it is asked for; at least one.",
  ),
  routing: described(
    routingConfig,
    "Which deployment serves a request: rules, the strategy without rules, failover and caching.",
  ),
  resilience: described(
    resilienceConfig,
    "How failures of upstreams are met: timeouts, retries, circuit breakers, health checks, queues.",
  ),
  observability: described(
    observabilityConfig,
    "What the gateway tells of itself: logs, metrics, traces and the audit record.",
  ),
  security: described(
    securityConfig,
    "Who may call the gateway, how often, over which TLS, and what becomes of content.",
  ),
  features: described(featuresConfig, "Behaviour that is switched on on trial."),
  secrets: described(
    orNull(secretsConfig),
    "The backend that answers `${secret:…}` without a backend of its own; null leaves it to a manager given in code or by a source.",
  ),
  extensions: described(
    z.record(z.string(), field.json()).default({}),
    "Free values for software around the gateway, by name; never looked at by the gateway.",
  ),
});

const rootWithoutProviders = gatewayRoot.extend({ providers: providers.default([]) });

/** Kinds, defaults, bounds, reload classes and cross-field checks of {@link GatewayConfig}. */
export const gatewaySchema: ConfigSchema<GatewayConfig> = defineSchema({
  name: "gateway",
  envPrefix: "GATEWAY_",
  root: gatewayRoot,
  derive: deriveDefaults,
  crossChecks: CROSS_CHECKS,
  analysers: GATEWAY_ANALYSERS,
  materialRules: MATERIAL_RULES,
  help: helpOf,
  secrets: "secrets",
  writes: filesWrittenBy,
});

/** The defaults of every section, with no providers: as it stands it does not validate. */
export function defaultGatewayConfig(): DeepReadonly<GatewayConfig> {
  return rootWithoutProviders.parse({
    routing: { policy: { default_strategy: DEFAULT_STRATEGY } },
    resilience: { retry_policy: { total_timeout: DEFAULT_REQUEST_TIMEOUT } },
  });
}
