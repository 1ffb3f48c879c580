import type { Course } from "./course.ts";
import type { Deployment } from "./deployment.ts";
import type { Choice } from "./route-table.ts";

/**
 * The deployments that can be used, in the order in which they are tried.
 *
 * RTE-5: the strategy works inside the tier of the lowest number; the next tiers follow as
 * failover. Without failover (RTE-7) the lowest tier is all there is.
 *
 * @param found all deployments of one name
 */
export function inTiers(
  course: Course,
  found: readonly Deployment[],
  { strategy, filter }: Choice,
): readonly Deployment[] {
  const passing = found.filter((deployment) => {
    const why = deployment.weight > 0 ? filter(deployment) : "drained";
    if (why !== undefined) exclude(course, deployment, why);
    return why === undefined;
  });
  const ordered: Deployment[] = [];
  for (const tier of tiersOf(passing, course.table.hasFailover)) {
    const usable = tier.filter((deployment) => isHealthy(course, deployment, found));
    if (usable.length > 0) ordered.push(...strategy.order(usable, course.request, course.state));
  }
  const [first] = ordered;
  if (first !== undefined) {
    const { provider, model } = first;
    course.trace.push(`${strategy.name} chose ${provider}/${model} of ${ordered.length}`);
  }
  return ordered;
}

/** Lowest priority number first. */
function tiersOf(
  deployments: readonly Deployment[],
  hasFailover: boolean,
): readonly (readonly Deployment[])[] {
  const [first] = deployments;
  if (first === undefined) return [];
  if (deployments.every(({ priority }) => priority === first.priority)) return [deployments];
  const numbers = [...new Set(deployments.map(({ priority }) => priority))];
  numbers.sort((a, b) => a - b);
  const reached = hasFailover ? numbers : numbers.slice(0, 1);
  return reached.map((number) => deployments.filter(({ priority }) => priority === number));
}

/**
 * Whether requests may go to a deployment that an action names.
 *
 * @param siblings all deployments of the same name
 */
export function isUsable(
  course: Course,
  deployment: Deployment,
  siblings: readonly Deployment[],
): boolean {
  if (deployment.weight > 0) return isHealthy(course, deployment, siblings);
  exclude(course, deployment, "drained");
  return false;
}

/** RTE-8: the last deployment of a model that can be had at all stays, however it does. */
function isHealthy(
  course: Course,
  deployment: Deployment,
  siblings: readonly Deployment[],
): boolean {
  const { provider, model } = deployment;
  if (course.state.health(provider, model) !== "down") return true;
  const isLast = siblings.every((one) => one.provider === provider || one.weight === 0);
  if (isLast && deployment.isKeptIfLast) {
    course.trace.push(`${provider}/${model} kept: down, but the last one`);
    return true;
  }
  exclude(course, deployment, "down");
  return false;
}

function exclude({ trace, excluded }: Course, { provider, model }: Deployment, why: string): void {
  trace.push(`${provider}/${model} excluded: ${why}`);
  excluded.push({ provider, model, why });
}
