import { nearestNames } from "@llmcfg/core";
import type { SchemaNode } from "../../schema/node.ts";
import type { EnvironmentFaults } from "./environment-faults.ts";
import type { PrefixedVariable } from "./environment-source.ts";
import { findServiceLinks } from "./service-links.ts";
import { variableNames } from "./variable-names.ts";

/** A variable with the prefix that was not used, and why. */
export interface IgnoredVariable {
  readonly name: string;
  readonly why: string;
  readonly hint: string | undefined;
}

/** The variables with the prefix that are not used, each with a warning. */
export class IgnoredVariables {
  readonly all: IgnoredVariable[] = [];
  readonly #faults: EnvironmentFaults;

  constructor(faults: EnvironmentFaults) {
    this.#faults = faults;
  }

  /** The variables but for those that Kubernetes sets for the Services of a namespace. */
  withoutServiceLinks(variables: readonly PrefixedVariable[]): readonly PrefixedVariable[] {
    const ignored = new Set<string>();
    for (const { service, names } of findServiceLinks(variables)) {
      const [first = "", second, ...rest] = names;
      const shown = [first, ...(second === undefined ? [] : [second])].join(", ");
      const more = rest.length === 0 ? "" : ` (+${rest.length})`;
      const why = `set by Kubernetes for Service "${service}"`;
      this.#faults.warn(first, "env_service_link", `${shown}${more} ignored: ${why}`);
      for (const name of names) {
        ignored.add(name);
        this.all.push({ name, why, hint: "set enableServiceLinks: false in the pod" });
      }
    }
    return variables.filter(({ name }) => !ignored.has(name));
  }

  /** One that names no path of the schema. */
  addUnknown(
    name: string,
    { prefix, nodes }: { readonly prefix: string; readonly nodes: readonly SchemaNode[] },
  ): void {
    const [nearest] = nearestNames(name.toUpperCase(), variableNames(prefix, nodes), 1);
    const hint = nearest === undefined ? undefined : `did you mean ${nearest}?`;
    this.all.push({ name, why: "the schema has no such path", hint });
    this.#faults.warn(name, "env_unknown", "the variable names no path of the schema", hint);
  }
}
