import { type CrossCheck, nearestNames } from "@llmcfg/config";
import { STRATEGY_ALIASES } from "../schema/routing-strategy.ts";
import { DEFAULT_STRATEGY } from "../schema/routing.ts";
import { defineCheck, type Discovery } from "./define-check.ts";
import type { Place } from "./place.ts";
import { providersOf } from "./provider-checks.ts";
import { canonicalJson } from "@llmcfg/core";

/** What has to agree within `routing`, and between rules and providers. */
export const ROUTING_CHECKS: readonly CrossCheck[] = [
  defineCheck("unknown_provider", ["providers", "routing"], function* (root) {
    const ids = providersOf(root).flatMap((provider) => provider.at("id").text ?? []);
    for (const named of namedProviders(root)) {
      const { text } = named;
      if (text === undefined || ids.includes(text)) continue;
      const [nearest] = nearestNames(text, ids);
      yield {
        at: [named],
        message: `there is no provider ${text}`,
        ...(nearest === undefined ? {} : { hint: `did you mean ${JSON.stringify(nearest)}?` }),
      };
    }
  }),
];
