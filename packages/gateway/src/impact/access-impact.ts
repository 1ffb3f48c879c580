import type { ConfigDiff, DeepReadonly, Impact, PlanAnalyser } from "@llmcfg/config";
import type { GatewayConfig } from "../schema/root.ts";
import { nestedConditions } from "../schema/routing.ts";

const PROVIDERS = "security.authentication.providers";

/** Ways to authenticate, keys and tenants that callers lose or gain. */
export const accessImpact: PlanAnalyser<GatewayConfig> = {
  name: "access",
  *analyse(from, to, diff) {
    yield* switched(from, to);
    yield* listed("authentication", methodsOf(from), methodsOf(to));
    yield* listed("api key", keysOf(from), keysOf(to));
    yield* changed(diff);
    yield* listed("tenant of a rule", tenantsOf(from), tenantsOf(to));
  },
};

type Config = DeepReadonly<GatewayConfig>;

function* switched(from: Config, to: Config): Generator<Impact> {
  const [was, is] = [from, to].map(({ security }) => security.authentication.enabled);
  if (was === is) return;
  yield {
    kind: is === true ? "authentication_on" : "authentication_off",
    subject: "authentication",
    severity: "danger",
    message:
      is === true ? "callers have to authenticate" : "callers need not authenticate any more",
    paths: ["security.authentication.enabled"],
  };
}

function* listed(what: string, from: readonly string[], to: readonly string[]): Generator<Impact> {
  const kind = what.replaceAll(" ", "_");
  const about = { paths: [what === "tenant of a rule" ? "routing.policy.rules" : PROVIDERS] };
  for (const name of to.filter((one) => !from.includes(one))) {
    const message = `${what} ${name} is new`;
    yield { kind: `${kind}_added`, subject: name, severity: "notice", message, ...about };
  }
  for (const name of from.filter((one) => !to.includes(one))) {
    const message = `${what} ${name} is gone`;
    yield { kind: `${kind}_removed`, subject: name, severity: "danger", message, ...about };
  }
}

const OF_PROVIDER = /^security\.authentication\.providers\[(.+?)\](?:\.keys\[(.+?)\])?\.(\w+)$/;

/** What callers who are known already have to do otherwise. */
function* changed({ changes }: ConfigDiff): Generator<Impact> {
  for (const { path } of changes) {
    const [, method, key, member] = OF_PROVIDER.exec(path) ?? [];
    if (method === undefined || member === "description") continue;
    const subject = key === undefined ? method : `${method}/${key}`;
    const [kind, what] =
      key === undefined
        ? ["authentication_changed", "authentication"]
        : ["api_key_changed", "api key"];
    const message = `${what} ${subject} has another ${member}`;
    yield { kind, subject, severity: "danger", message, paths: [path] };
  }
}

function methodsOf({ security }: Config): readonly string[] {
  return security.authentication.providers.map(({ name, type }) => `${name} (${type})`);
}

function keysOf({ security }: Config): readonly string[] {
  return security.authentication.providers.flatMap((provider) =>
    provider.type === "api_key" ? provider.keys.map(({ id }) => `${provider.name}/${id}`) : [],
  );
}

/** Every tenant that a condition names, however deep. */
function tenantsOf({ routing }: Config): readonly string[] {
  const tenants = routing.policy.rules.flatMap(({ condition }) => tenantsIn(condition));
  return [...new Set(tenants)].toSorted();
}

type Condition = Config["routing"]["policy"]["rules"][number]["condition"];

function tenantsIn(condition: Condition): readonly string[] {
  if (condition.type === "tenant") return condition.ids;
  return nestedConditions(condition).flatMap(tenantsIn);
}
