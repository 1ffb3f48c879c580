import type { CrossCheck } from "@llmcfg/config";
import { type Discovery, defineCheck } from "./define-check.ts";
import type { Place } from "./place.ts";
import { providersOf } from "./provider-checks.ts";

/** How policies have to agree in themselves, also once providers and models lie over them. */
export const RESILIENCE_CHECKS: readonly CrossCheck[] = [
  defineCheck("timeout_order", ["resilience.timeouts", "providers"], function* (root) {
    for (const timeouts of layersOf(root, "timeouts")) {
      yield* ordered(timeouts, ["connect", "request"]);
      yield* ordered(timeouts, ["request", "stream_total"]);
      yield* ordered(timeouts, ["first_token", "stream_total"]);
    }
  }),

  defineCheck("timeout_above_server", ["server", "resilience", "providers"], function* (root) {
    const limit = root.at("server", "request_timeout");
    for (const timeouts of layersOf(root, "timeouts")) {
      const request = timeouts.own("request");
      if (request === undefined || (request.ms ?? 0) <= (limit.ms ?? 0)) continue;
      yield {
        at: [request, limit],
        message: `${request.text} is above server.request_timeout, which ends the request first`,
        severity: "warning",
      };
    }
  }),

  defineCheck("backoff_order", ["resilience", "providers"], function* (root) {
    for (const retries of layersOf(root, "retry_policy")) {
      yield* ordered(retries, ["initial_backoff", "max_backoff"]);
    }
    for (const breaker of layersOf(root, "circuit_breaker")) {
      yield* ordered(breaker, ["open_duration", "max_open_duration"]);
    }
    for (const health of layersOf(root, "health_check")) {
      yield* ordered(health, ["timeout", "interval"], { isStrict: true });
    }
  }),

  defineCheck("probe_model_missing", ["resilience", "providers"], function* (root) {
    for (const health of layersOf(root, "health_check")) {
      const probe = health.get("probe");
      const model = health.get("probe_model");
      if (probe.text !== "completion" || model.isGiven || !health.speaksOf(probe, model)) continue;
      yield {
        at: [model, probe],
        message: "a completion probe needs the model to ask",
        hint: "give probe_model",
      };
    }
  }),
];

/** A policy as one provider or model has it: its own members over those that it inherits. */
class PolicyView {
  readonly #layers: readonly Place[];

  /** @param layers the closest first */
  constructor(layers: readonly [Place, ...Place[]]) {
    this.#layers = layers;
  }

  /** The member of the closest layer that has it; `null` counts as having it. */
  get(name: string): Place {
    const found = this.#layers.find((layer) => layer.at(name).value !== undefined);
    return (found ?? this.#own).at(name);
  }

  /** The member of the closest layer alone. */
  own(name: string): Place | undefined {
    const place = this.#own.at(name);
    return place.isGiven ? place : undefined;
  }

  /** Whether one of the places is this layer's own: if none is, the layer below has reported it. */
  speaksOf(...places: readonly Place[]): boolean {
    return places.some(({ path }) => path.startsWith(`${this.#own.path}.`));
  }

  get #own(): Place {
    const [own] = this.#layers;
    if (own === undefined) throw new TypeError("a view has at least one layer");
    return own;
  }
}

/** Of all who have members of their own: what others inherit is looked at where it stands. */
function* layersOf(root: Place, policy: string): Iterable<PolicyView> {
  const general = root.at("resilience", policy);
  yield new PolicyView([general]);
  for (const provider of providersOf(root)) {
    const own = provider.at(policy);
    if (own.members().length > 0) yield new PolicyView([own, general]);
    if (policy !== "timeouts") continue;
    for (const model of provider.at("models").items("id")) {
      const closest = model.at(policy);
      if (closest.members().length > 0) yield new PolicyView([closest, own, general]);
    }
  }
}

function* ordered(
  view: PolicyView,
  [lower, upper]: readonly [lower: string, upper: string],
  { isStrict = false } = {},
): Iterable<Discovery> {
  const least = view.get(lower);
  const most = view.get(upper);
  if (least.ms === undefined || most.ms === undefined || !view.speaksOf(least, most)) return;
  if (isStrict ? least.ms < most.ms : least.ms <= most.ms) return;
  yield {
    at: [view.own(lower) ?? most, least, most],
    message: `${lower} is ${least.text} and ${upper} is ${most.text}`,
    hint: `${lower} must ${isStrict ? "be below" : "not exceed"} ${upper}`,
  };
}
