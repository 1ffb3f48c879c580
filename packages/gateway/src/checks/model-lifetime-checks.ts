import type { CrossCheck } from "@llmcfg/config";
import { type Discovery, defineCheck } from "./define-check.ts";
import type { Place } from "./place.ts";
import { providersOf } from "./provider-checks.ts";

/** Models whose time is over, or will be soon. */
export const MODEL_LIFETIME_CHECKS: readonly CrossCheck[] = [
  defineCheck("model_deprecated", ["providers"], function* (root, { now }) {
    for (const model of enabledModels(root)) {
      if (isPast(model.at("sunset_at"), now)) continue; // the stronger finding
      yield* lifetimeFinding(model, "deprecated_at", now, (id, since) => ({
        message: `the model ${id} is deprecated since ${since}`,
        hint: "move its requests to another model",
      }));
    }
  }),

  defineCheck("model_sunset", ["providers"], function* (root, { now }) {
    for (const model of enabledModels(root)) {
      yield* lifetimeFinding(model, "sunset_at", now, (id, since) => ({
        message: `the model ${id} counts as disabled since ${since}`,
        hint: "remove it, or set enabled: false",
      }));
    }
  }),
];

function* lifetimeFinding(
  model: Place,
  field: "deprecated_at" | "sunset_at",
  now: Date,
  words: (id: string, since: string) => Pick<Discovery, "message" | "hint">,
): Iterable<Discovery> {
  const at = model.at(field);
  if (!isPast(at, now)) return;
  yield {
    at: [at],
    ...words(model.at("id").text ?? "", at.text ?? ""),
    severity: "warning",
  };
}

function isPast(time: Place, now: Date): boolean {
  return Date.parse(time.text ?? "") <= now.getTime();
}

function enabledModels(root: Place): readonly Place[] {
  return providersOf(root)
    .filter((provider) => provider.at("enabled").isOn)
    .flatMap((provider) => provider.at("models").items("id"))
    .filter((model) => model.at("enabled").isOn);
}
