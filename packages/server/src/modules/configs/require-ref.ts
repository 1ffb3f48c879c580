import {
  checkKeyRef,
  type EnvironmentGraph,
  type KeyRef,
  LlmcfgError,
  nearestNames,
} from "@llmcfg/core";

/** Stands for the parts of a reference that are not looked at. */
const ANY = "any";

/**
 * Lets a name pass that fits the grammar; parts that are not given are not looked at.
 *
 * @throws {LlmcfgError} `INVALID_KEY`
 */
export function requireRef(ref: Partial<KeyRef>): void {
  const faults = checkKeyRef({
    env: ref.env ?? ANY,
    service: ref.service ?? ANY,
    key: ref.key ?? ANY,
  });
  const [first] = faults;
  if (first === undefined) return;
  const errors = faults.map((detail) => ({ pointer: "", code: "INVALID_KEY", detail }));
  throw new LlmcfgError("INVALID_KEY", first, { errors });
}

/**
 * Lets the name of an environment pass that there is.
 *
 * @throws {LlmcfgError} `ENV_NOT_FOUND`
 */
export function requireEnvironment(graph: EnvironmentGraph, env: string): void {
  if (graph.find(env) !== undefined) return;
  const names = graph.all.flatMap(({ name, aliases }) => [name, ...aliases]);
  const suggestions = nearestNames(env, names);
  throw new LlmcfgError("ENV_NOT_FOUND", `there is no environment ${env}`, { suggestions });
}
