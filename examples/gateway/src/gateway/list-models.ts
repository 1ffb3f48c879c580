import type { DeepReadonly } from "@llmcfg/config";
import type { JsonObject } from "@llmcfg/core";
import type { GatewayConfig } from "@llmcfg/gateway";

/** The names that can be asked for, as OpenAI's `/v1/models` has them; wildcards have none. */
export function listModels({ providers }: DeepReadonly<GatewayConfig>): JsonObject {
  const owners = new Map<string, string>();
  for (const provider of providers.filter(({ enabled }) => enabled)) {
    for (const { id, aliases, enabled } of provider.models) {
      if (!enabled || id.endsWith("*")) continue;
      for (const name of [id, ...aliases]) if (!owners.has(name)) owners.set(name, provider.id);
    }
  }
  const models = [...owners].map(([id, owned_by]) => ({
    id,
    object: "model",
    created: 0,
    owned_by,
  }));
  return { object: "list", data: models };
}
