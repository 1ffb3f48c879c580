import type { Located } from "@llmcfg/config";
import { numberOf } from "../read-node.ts";
import type { DeploymentDraft } from "./deployment-draft.ts";

const MAX_WEIGHT = 10_000;

/**
 * Weights under `simple-shuffle`: `weight` tells them, else `rpm`, else `tpm`. Where one deployment
 * of a name has it, one that lacks it gets no requests, as in LiteLLM.
 */
export function mapWeights(drafts: readonly DeploymentDraft[]): void {
  const sets = Map.groupBy(drafts, ({ name }) => name);
  for (const set of sets.values()) mapSet(set);
}

function mapSet(set: readonly DeploymentDraft[]): void {
  const source = WEIGHT_SOURCES.find((name) =>
    set.some((draft) => draft.param(name) !== undefined),
  );
  if (source === undefined || (source !== "weight" && set.length === 1)) return;
  const given = set.map((draft) => numberOf(draft.param(source)) ?? 0);
  if (given.some((weight) => weight < 0) || given.every((weight) => weight === 0)) return;
  const scale = Math.max(1, Math.max(...given) / MAX_WEIGHT);
  for (const [index, draft] of set.entries()) {
    const note = noteOf(source, scale > 1);
    setWeight(draft, { node: draft.param(source), value: scaled(given[index] ?? 0, scale), note });
  }
}

const WEIGHT_SOURCES = ["weight", "rpm", "tpm"] as const;

/** To six digits behind the point: ratios are kept far beyond what chance can tell apart. */
function scaled(weight: number, scale: number): number {
  return scale === 1 ? weight : Math.round((weight / scale) * 1e6) / 1e6;
}

function noteOf(source: (typeof WEIGHT_SOURCES)[number], isScaled: boolean): string | undefined {
  if (source !== "weight") return `${source} is also the weight of the deployment among its equals`;
  return isScaled ? `weights of this name are scaled down to at most ${MAX_WEIGHT}` : undefined;
}

function setWeight(
  draft: DeploymentDraft,
  {
    node,
    value,
    note,
  }: {
    readonly node: Located | undefined;
    readonly value: number;
    readonly note: string | undefined;
  },
): void {
  draft.set("model", ["weight"], value);
  if (node !== undefined) draft.claim("model", node, { path: ["weight"], note });
  else
    draft.assumptions.push({
      owner: "model",
      path: ["weight"],
      note: "others of this name have a weight",
    });
}
