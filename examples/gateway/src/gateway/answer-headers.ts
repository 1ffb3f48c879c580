import type { RouteDecision } from "@llmcfg/gateway";
import type { GatewaySnapshot } from "./gateway-snapshot.ts";

/** What every answer says of the configuration that it was made with. */
export interface AnswerAbout {
  readonly snapshot: GatewaySnapshot;
  /** Of the control plane's layer; `undefined` where there is none. */
  readonly revision: string | undefined;
  /** Id of the provider that answers. */
  readonly provider?: string | undefined;
  readonly decision?: Pick<RouteDecision, "rule"> | undefined;
}

/**
 * Who answers, by which rule, and from which configuration: all read from the one snapshot that
 * the request is served with, so that half a change would show. What is not there is `none`; a
 * request that no rule decided about went by `default`.
 */
export function answerHeaders(about: AnswerAbout): Readonly<Record<string, string>> {
  const { snapshot, revision = "none", provider = "none", decision } = about;
  const { version, config } = snapshot;
  const generation = JSON.stringify(config.extensions["generation"] ?? "none").replaceAll('"', "");
  const rules = config.routing.policy.version;
  return {
    "x-gateway-provider": provider,
    "x-gateway-rule": decision === undefined ? "none" : (decision.rule ?? "default"),
    "x-gateway-config": `version=${version}; revision=${revision}; rules=${rules}; generation=${generation}`,
  };
}
