import type { Prepared, ReloadParticipant } from "@llmcfg/config";
import type { GatewayConfig } from "@llmcfg/gateway";
import type { AgentPool } from "./agent-pool.ts";
import type { GatewaySnapshot } from "./gateway-snapshot.ts";
import type { RevisionTracker } from "./revision-tracker.ts";

/**
 * The gateway's part in a reload: it takes over the limit of its connections, and lets go of those
 * to providers that the new configuration does not use.
 */
export function gatewayParticipant({
  agents,
  revisions,
  limit,
}: {
  readonly agents: AgentPool;
  readonly revisions: RevisionTracker;
  /** Called with the number of connections that are allowed from now on. */
  readonly limit: (maxConnections: number) => void;
}): ReloadParticipant<GatewayConfig> {
  const apply = (snapshot: GatewaySnapshot): void => {
    agents.keepOnly(poolsOf(snapshot));
    limit(snapshot.config.server.max_connections);
  };
  return {
    name: "example-gateway",
    async prepare(candidate: GatewaySnapshot): Promise<Prepared> {
      revisions.note(candidate.config); // before anyone can see it
      return { commit: () => apply(candidate), abort: () => {} };
    },
    revert: async (previous) => apply(previous),
  };
}

/** Endpoints that are secret have pools of their own, which are opened when they are used. */
function poolsOf({ config }: GatewaySnapshot): Parameters<AgentPool["keepOnly"]>[0] {
  return config.providers.flatMap((provider) => {
    const { endpoint } = provider;
    return typeof endpoint === "string" ? [{ provider, endpoint: new URL(endpoint) }] : [];
  });
}
