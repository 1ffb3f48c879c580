import { compileGlob } from "@llmcfg/config";
import type { Place } from "./place.ts";

/** Whether a condition holds for a request of which nothing but the model's name is known. */
export type Certainty = "yes" | "no" | "depends";

/** The certainty of a condition, as it stands in a document. */
export function certaintyFor(condition: Place, model: string): Certainty {
  switch (condition.at("type").text ?? "") {
    case "always":
      return "yes";
    case "model_name":
      return matchesName(condition.at("pattern").text, model) ? "yes" : "no";
    case "and":
      return leastCertain(certainties(condition, model));
    case "or":
      return negate(leastCertain(certainties(condition, model).map(negate)));
    case "not":
      return negate(certaintyFor(condition.at("condition"), model));
    default:
      return "depends";
  }
}

function certainties(condition: Place, model: string): readonly Certainty[] {
  return condition
    .at("conditions")
    .items()
    .map((inner) => certaintyFor(inner, model));
}

/** Of conditions that all have to hold. */
function leastCertain(all: readonly Certainty[]): Certainty {
  if (all.includes("no")) return "no";
  return all.includes("depends") ? "depends" : "yes";
}

function negate(certainty: Certainty): Certainty {
  if (certainty === "depends") return certainty;
  return certainty === "yes" ? "no" : "yes";
}

/** A pattern that does not compile is reported as such. */
function matchesName(pattern: string | undefined, model: string): boolean {
  try {
    return pattern !== undefined && compileGlob(pattern)(model);
  } catch {
    return false;
  }
}
