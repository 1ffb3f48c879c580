import type { ProviderFilter } from "../schema/provider-filter.ts";
import type { Deployment } from "./deployment.ts";

/** Why a filter excludes a deployment; nothing where it lets it pass. */
export type Filter = (deployment: Deployment) => string | undefined;

/** RTE-4: all members of a filter have to agree, and all filters. */
export function compileFilters(filters: readonly (ProviderFilter | null)[]): Filter {
  const tests = filters.flatMap((filter) => (filter === null ? [] : testsOf(filter)));
  return (deployment) => tests.find(({ passes }) => !passes(deployment))?.why;
}

interface FilterTest {
  readonly why: string;
  readonly passes: (deployment: Deployment) => boolean;
}

function testsOf(filter: ProviderFilter): readonly FilterTest[] {
  const { only, ignore, regions, tags, capabilities, zdr } = filter;
  const tests: FilterTest[] = [];
  if (only.length > 0) {
    tests.push({ why: "not in only", passes: ({ provider }) => only.includes(provider) });
  }
  if (ignore.length > 0) {
    tests.push({ why: "in ignore", passes: ({ provider }) => !ignore.includes(provider) });
  }
  if (regions.length > 0) {
    const passes = ({ region }: Deployment) => region !== undefined && regions.includes(region);
    tests.push({ why: "in another region", passes });
  }
  for (const [key, value] of Object.entries(tags)) {
    const passes = (given: Deployment) =>
      Object.hasOwn(given.tags, key) && given.tags[key] === value;
    tests.push({ why: `tag ${key} is not ${value}`, passes });
  }
  for (const capability of capabilities) {
    const passes = (given: Deployment) => given.capabilities.has(capability);
    tests.push({ why: `lacks ${capability}`, passes });
  }
  if (zdr === true) tests.push({ why: "may keep data", passes: (given) => given.keepsNoData });
  return [...tests, ...priceTests(filter)];
}

/** What has no price may cost anything. */
function priceTests({ max_price: max }: ProviderFilter): readonly FilterTest[] {
  if (max === null) return [];
  const input = Number(max.input_per_million ?? Number.POSITIVE_INFINITY);
  const output = Number(max.output_per_million ?? Number.POSITIVE_INFINITY);
  return [
    { why: "has no price in USD", passes: ({ price }) => price !== undefined },
    { why: "input costs more", passes: ({ price }) => (price?.input ?? 0) <= input },
    { why: "output costs more", passes: ({ price }) => (price?.output ?? 0) <= output },
  ];
}
