import { type Prepared, type ReloadParticipant, ReloadVeto } from "@llmcfg/config";
import type { GatewayConfig } from "@llmcfg/gateway";
import type { AgentPool } from "./agent-pool.ts";
import { checkSupported } from "./check-supported.ts";
import type { GatewaySnapshot } from "./gateway-snapshot.ts";
import type { RevisionTracker } from "./revision-tracker.ts";

/**
 * The gateway's part in a reload: it refuses what it cannot do, and lets go of connections that
 * the new configuration does not use.
 */
export function gatewayParticipant(
  agents: AgentPool,
  revisions: RevisionTracker,
): ReloadParticipant<GatewayConfig> {
  return {
    name: "example-gateway",
    async prepare(candidate: GatewaySnapshot): Promise<Prepared> {
      const [first, ...others] = checkSupported(candidate.config);
      if (first !== undefined) {
        const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
        throw new ReloadVeto(first.reason + more, first.path);
      }
      revisions.note(candidate.config); // before anyone can see it
      return { commit: () => agents.keepOnly(poolsOf(candidate)), abort: () => {} };
    },
  };
}

/** Endpoints that are secret have pools of their own, which are opened when they are used. */
function poolsOf({ config }: GatewaySnapshot): Parameters<AgentPool["keepOnly"]>[0] {
  return config.providers.flatMap((provider) => {
    const { endpoint } = provider;
    return typeof endpoint === "string" ? [{ provider, endpoint: new URL(endpoint) }] : [];
  });
}
