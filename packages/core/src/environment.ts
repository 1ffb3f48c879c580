/**
 * The layers of a tenant and who inherits from whom.
 *
 * @module
 */

import { LlmcfgError } from "./errors.ts";
import { nearestNames } from "./nearest-name.ts";

/** One layer. */
export interface Environment {
  readonly name: string;
  /** Other names it is accepted under: `prod`. Never in an answer. */
  readonly aliases: readonly string[];
  /** The one it inherits from; `undefined` at a root. */
  readonly inherits: string | undefined;
  /** Whether a change that reaches it by inheritance needs a confirmation. */
  readonly protected: boolean;
  readonly description: string | undefined;
}

/** What a new tenant has. */
export const DEFAULT_ENVIRONMENTS: readonly Environment[] = [
  environment("base", [], undefined, false),
  environment("development", ["dev"], "base", false),
  environment("staging", ["stg"], "development", false),
  environment("production", ["prod"], "staging", true),
];

function environment(
  name: string,
  aliases: readonly string[],
  inherits: string | undefined,
  isProtected: boolean,
): Environment {
  return { name, aliases, inherits, protected: isProtected, description: undefined };
}

/** The environments of a tenant: a forest, so every one has one chain up to its root. */
export class EnvironmentGraph {
  readonly all: readonly Environment[];
  readonly #byName: ReadonlyMap<string, Environment>;

  /** @param all with names and aliases that are unique, and no cycle of `inherits` */
  constructor(all: readonly Environment[]) {
    this.all = all;
    this.#byName = new Map(
      all.flatMap((env) => [env.name, ...env.aliases].map((name) => [name, env] as const)),
    );
  }

  /** By name or alias. */
  find(nameOrAlias: string): Environment | undefined {
    return this.#byName.get(nameOrAlias);
  }

  /**
   * By name or alias.
   *
   * @throws {LlmcfgError} `ENV_NOT_FOUND` with the names that may have been meant
   */
  get(nameOrAlias: string): Environment {
    const env = this.find(nameOrAlias);
    if (env !== undefined) return env;
    const suggestions = nearestNames(nameOrAlias, this.#byName.keys());
    const message = `there is no environment ${nameOrAlias}`;
    throw new LlmcfgError("ENV_NOT_FOUND", message, { suggestions });
  }

  /** From the root down to `name` itself: weakest layer first. Empty for an unknown name. */
  chainOf(name: string): readonly Environment[] {
    const env = this.find(name);
    if (env === undefined) return [];
    const above = env.inherits === undefined ? [] : this.chainOf(env.inherits);
    return [...above, env];
  }

  /** `name` itself and all that inherit from it, parents before children. */
  reachOf(name: string): readonly Environment[] {
    const env = this.find(name);
    if (env === undefined) return [];
    const children = this.all.filter((other) => other.inherits === env.name);
    return [env, ...children.flatMap((child) => this.reachOf(child.name))];
  }
}
