/**
 * The roles that somebody asks for, checked and with the names that are stored.
 *
 * @module
 */

import {
  type EnvironmentGraph,
  type Finding,
  isLlmcfgError,
  nearestNames,
  parseSelector,
} from "@llmcfg/core";
import type { Grant } from "./ports.ts";

export interface CheckedRoles {
  /** With canonical names of environments. */
  readonly grants: readonly Grant[];
  readonly findings: readonly Finding[];
}

/**
 * Every fault of the roles asked for, and the grants they are.
 *
 * A scope without `*` is a folder and all that lies below it: `production` is `production/**`.
 */
export function checkRoles(
  asked: readonly Grant[],
  roleNames: readonly string[],
  graph: EnvironmentGraph,
): CheckedRoles {
  if (asked.length === 0) {
    const detail = "a token needs at least one role";
    return { grants: [], findings: [{ pointer: "/roles", code: "NO_ROLES", detail }] };
  }
  const findings: Finding[] = [];
  const grants = asked.map(({ role, scope }, i) => {
    const fault = faultOfRole(role, roleNames);
    if (fault !== undefined) findings.push({ pointer: `/roles/${i}/role`, ...fault });
    const stored = toStoredScope(scope, graph);
    if (typeof stored === "string") return { role, scope: stored };
    findings.push({ pointer: `/roles/${i}/scope`, ...stored });
    return { role, scope };
  });
  return { grants, findings };
}

type Fault = Omit<Finding, "pointer">;

function faultOfRole(role: string, roleNames: readonly string[]): Fault | undefined {
  if (roleNames.includes(role)) return undefined;
  const detail = `there is no role ${role}`;
  const expected = `one of ${roleNames.join(", ")}`;
  return { code: "UNKNOWN_ROLE", detail, expected, ...suggestionFor(role, roleNames) };
}

function toStoredScope(scope: string, graph: EnvironmentGraph): string | Fault {
  const [first = "", ...rest] = scope.split("/");
  const env = graph.find(first)?.name ?? first;
  const isPattern = scope.includes("*");
  const stored = [env, ...rest, ...(isPattern ? [] : ["**"])].join("/");
  try {
    parseSelector(stored);
  } catch (error) {
    if (!isLlmcfgError(error, "INVALID_ARGUMENT")) throw error;
    return { code: "INVALID_SCOPE", detail: error.message, expected: "a selector, or ** for all" };
  }
  return env.includes("*") || graph.find(env) !== undefined ? stored : unknownEnv(env, graph);
}

function unknownEnv(env: string, graph: EnvironmentGraph): Fault {
  const names = graph.all.map(({ name }) => name);
  const detail = `there is no environment ${env}`;
  return { code: "UNKNOWN_SCOPE", detail, ...suggestionFor(env, names) };
}

function suggestionFor(name: string, names: readonly string[]): { suggestion?: string } {
  const [suggestion] = nearestNames(name, names, 1);
  return suggestion === undefined ? {} : { suggestion };
}
