import { formatConfigPath, type Impact, type PlanAnalyser } from "@llmcfg/config";
import type { ProviderConfig } from "../schema/provider.ts";
import type { GatewayConfig } from "../schema/root.ts";

/** Providers that come and go, are switched, or get no new requests any more. */
export const providerImpact: PlanAnalyser<GatewayConfig> = {
  name: "providers",
  *analyse({ providers: from }, { providers: to }) {
    for (const provider of to) {
      const before = from.find(({ id }) => id === provider.id);
      if (before === undefined) yield impact("provider_added", provider, "info", "is added");
      else yield* changesOf(before, provider);
    }
    for (const provider of from) {
      const isGone = !to.some(({ id }) => id === provider.id);
      if (isGone) yield impact("provider_removed", provider, "danger", "is removed");
    }
  },
};

type Named = Pick<ProviderConfig, "id">;
type Switched = Pick<ProviderConfig, "id" | "enabled" | "weight">;

function* changesOf(before: Switched, after: Switched): Generator<Impact> {
  if (before.enabled && !after.enabled) {
    yield impact("provider_disabled", after, "danger", "is disabled", "enabled");
  }
  if (!before.enabled && after.enabled) {
    yield impact("provider_enabled", after, "notice", "is enabled", "enabled");
  }
  if (before.weight > 0 && after.weight === 0) {
    yield impact("provider_drained", after, "danger", "gets no new requests (weight 0)", "weight");
  }
  if (before.weight === 0 && after.weight > 0) {
    yield impact("provider_filled", after, "notice", "gets requests again", "weight");
  }
}

function impact(
  kind: string,
  { id }: Named,
  severity: Impact["severity"],
  what: string,
  member?: string,
): Impact {
  const path = formatConfigPath([
    { type: "member", name: "providers" },
    { type: "item", key: id },
    ...(member === undefined ? [] : [{ type: "member", name: member } as const]),
  ]);
  return { kind, subject: id, severity, message: `provider ${id} ${what}`, paths: [path] };
}
