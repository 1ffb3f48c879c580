import type { DeepReadonly } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";

type Model = DeepReadonly<GatewayConfig>["providers"][number]["models"][number];

/** Whether a model of an enabled provider serves then: past its sunset it counts as disabled. */
export function servesAt(
  { enabled, sunset_at }: Pick<Model, "enabled" | "sunset_at">,
  now: Date,
): boolean {
  return enabled && (sunset_at === null || now.getTime() < Date.parse(sunset_at));
}
