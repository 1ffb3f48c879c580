import type { ModelConfig } from "../schema/model.ts";
import type { Deployment } from "./deployment.ts";

/**
 * Finds the deployments of a name.
 *
 * RTE-1: those whose model id is the name, else those that have it as an alias, else those of the
 * longest wildcard that matches. Deployments past their sunset count as if they were not there.
 */
export class DeploymentIndex {
  readonly #byId = new Map<string, Deployment[]>();
  readonly #byAlias = new Map<string, Deployment[]>();
  /** By what stands before the `*`, the longest first once {@link DeploymentIndex.of} is done. */
  readonly #wildcards: Wildcard[] = [];
  #hasSunsets = false;

  static of(entries: Iterable<DeploymentEntry>): DeploymentIndex {
    const index = new DeploymentIndex();
    for (const entry of entries) index.#add(entry);
    index.#wildcards.sort((a, b) => b.prefix.length - a.prefix.length);
    return index;
  }

  /** In the order of the configuration. */
  find(name: string, nowMs: number): readonly Deployment[] {
    const named = this.#present(this.#byId.get(name), nowMs);
    if (named.length > 0) return named;
    const aliased = this.#present(this.#byAlias.get(name), nowMs);
    if (aliased.length > 0) return aliased;
    for (const { prefix, deployments } of this.#wildcards) {
      if (!isMatched(prefix, name)) continue;
      const present = this.#present(deployments, nowMs);
      if (present.length > 0) return present.map((one) => forName(one, name, prefix));
    }
    return [];
  }

  #add({ deployment, model }: DeploymentEntry): void {
    this.#hasSunsets ||= model.sunset_at !== null;
    if (isWildcard(model.id)) this.#wildcard(model.id.slice(0, -1)).push(deployment);
    else appendTo(this.#byId, model.id, deployment);
    for (const alias of model.aliases) appendTo(this.#byAlias, alias, deployment);
  }

  #wildcard(prefix: string): Deployment[] {
    const known = this.#wildcards.find((wildcard) => wildcard.prefix === prefix);
    if (known !== undefined) return known.deployments;
    const deployments: Deployment[] = [];
    this.#wildcards.push({ prefix, deployments });
    return deployments;
  }

  #present(deployments: readonly Deployment[] | undefined, nowMs: number): readonly Deployment[] {
    if (deployments === undefined) return NONE;
    if (!this.#hasSunsets) return deployments;
    return deployments.filter(({ sunsetAtMs }) => nowMs < sunsetAtMs);
  }
}

export interface DeploymentEntry {
  readonly deployment: Deployment;
  readonly model: ModelConfig;
}

interface Wildcard {
  readonly prefix: string;
  readonly deployments: Deployment[];
}

const NONE: readonly Deployment[] = [];

/** Whether a model id stands for all names that begin with what is before its `*`. */
export function isWildcard(modelId: string): boolean {
  return modelId === "*" || modelId.endsWith("/*");
}

/** The model of one provider that serves a name: by id, else by alias, else the longest wildcard. */
export function findModel(models: readonly ModelConfig[], name: string): ModelConfig | undefined {
  const named = models.find(({ id }) => id === name);
  const aliased = named ?? models.find(({ aliases }) => aliases.includes(name));
  if (aliased !== undefined) return aliased;
  const wildcards = models.filter(({ id }) => isWildcard(id) && isMatched(id.slice(0, -1), name));
  return wildcards.toSorted((a, b) => b.id.length - a.id.length)[0];
}

function isMatched(prefix: string, name: string): boolean {
  return name.length > prefix.length && name.startsWith(prefix);
}

/** A wildcard, as it serves one name: the `*` upstream is what the wildcard's `*` matched. */
function forName(deployment: Deployment, name: string, prefix: string): Deployment {
  const { upstreamId } = deployment;
  const matched = name.slice(prefix.length);
  const filled =
    typeof upstreamId === "string" ? upstreamId.replace("*", () => matched) : upstreamId;
  return { ...deployment, model: name, upstreamId: filled };
}

function appendTo(index: Map<string, Deployment[]>, name: string, deployment: Deployment): void {
  const known = index.get(name);
  if (known === undefined) index.set(name, [deployment]);
  else known.push(deployment);
}
