import type { CrossCheck } from "@llmcfg/config";
import { type Discovery, defineCheck } from "./define-check.ts";
import type { Place } from "./place.ts";

/** What has to agree within `security`, `observability` and `secrets`. */
export const SECURITY_CHECKS: readonly CrossCheck[] = [
  defineCheck("unknown_default_provider", ["security.authentication"], function* (root) {
    const authentication = root.at("security", "authentication");
    const chosen = authentication.at("default_provider");
    const names = authentication.at("providers").items("name").map(nameOf);
    if (!chosen.isGiven || names.includes(chosen.text)) return;
    yield {
      at: [chosen],
      message: `there is no authentication provider ${chosen.text}`,
      sort: { type: "invalid_reference", reference: chosen.text ?? "" },
      hint: names.length === 0 ? "there are none" : `there is ${names.join(", ")}`,
    };
  }),

  defineCheck("duplicate_id", ["security.authentication.providers"], function* (root) {
    for (const provider of root.at("security", "authentication", "providers").items("name")) {
      yield* repeatedKeyIds(provider);
    }
  }),

  defineCheck("auth_enabled_without_providers", ["security.authentication"], function* (root) {
    const authentication = root.at("security", "authentication");
    const providers = authentication.at("providers");
    if (!authentication.at("enabled").isOn || providers.items().length > 0) return;
    yield {
      at: [providers, authentication.at("enabled")],
      message: "authentication is on and nobody can be authenticated",
      hint: "add a provider, or set enabled: false",
      severity: "warning",
    };
  }),

  defineCheck(
    "rate_limit_backend_incomplete",
    ["security.rate_limiting", "routing.cache"],
    function* (root) {
      const limiting = root.at("security", "rate_limiting");
      const backend = limiting.at("backend");
      if (backend.text !== "redis" || limiting.at("redis").isGiven) return;
      if (root.at("routing", "cache", "redis").isGiven) return;
      yield {
        at: [limiting.at("redis"), backend],
        message: "limits are kept in Redis, and there is no connection to one",
        hint: "give redis here or in routing.cache",
      };
    },
  ),

  defineCheck("rate_limit_order", ["security.rate_limiting", "routing"], function* (root) {
    for (const limit of limitsOf(root)) {
      const rates = ["requests_per_minute", "requests_per_hour", "requests_per_day"] as const;
      const given = rates.map((rate) => limit.at(rate)).filter((rate) => rate.isGiven);
      for (const [i, shorter] of given.entries()) {
        const longer = given[i + 1];
        if (longer === undefined || (longer.number ?? 0) >= (shorter.number ?? 0)) continue;
        yield {
          at: [longer, shorter],
          message: `${longer.number} in the longer time is below ${shorter.number} in the shorter`,
          severity: "warning",
        };
      }
    }
  }),

  defineCheck("metrics_endpoint_kind", ["observability.metrics"], function* (root) {
    const metrics = root.at("observability", "metrics");
    const endpoint = metrics.at("endpoint");
    const backend = metrics.at("backend").text;
    const text = endpoint.text;
    if (text === undefined || text.includes("${")) return;
    const isPath = text.startsWith("/");
    if (backend === "prometheus" ? isPath : isRemote(text)) return;
    yield {
      at: [endpoint, metrics.at("backend")],
      message:
        backend === "prometheus"
          ? "Prometheus reads metrics at a path that begins with /"
          : `metrics are sent to ${backend} at a URL or host:port`,
    };
  }),

  defineCheck("buckets_not_ascending", ["observability.metrics"], function* (root) {
    const buckets = root.at("observability", "metrics", "latency_buckets").items();
    for (const [i, bucket] of buckets.entries()) {
      const before = buckets[i - 1];
      if (before === undefined || (bucket.number ?? 0) > (before.number ?? 0)) continue;
      yield { at: [bucket, before], message: `${bucket.number} is not above ${before.number}` };
    }
  }),

  defineCheck("vault_auth_ambiguous", ["secrets"], function* (root) {
    const secrets = root.at("secrets");
    const token = secrets.at("token");
    const auth = secrets.at("auth");
    if (secrets.at("backend").text !== "vault" || token.isGiven !== auth.isGiven) return;
    yield {
      at: [token, auth],
      message: token.isGiven
        ? "Vault is given both a token and a way to log in"
        : "Vault needs a token or a way to log in",
      hint: "give exactly one of token and auth",
    };
  }),

  defineCheck("secret_in_secrets_block", ["secrets"], function* (root) {
    for (const place of leavesOf(root.at("secrets"))) {
      if (!/(^|[^$])\$\{secret:/.test(place.text ?? "")) continue;
      yield {
        at: [place],
        message: "the backend of secrets cannot be reached with a secret of its own",
        sort: { type: "invalid_secret_reference", reference: place.text ?? "" },
        hint: "use ${env:…} or ${file:…} here",
      };
    }
  }),
];

function nameOf(provider: Place): string | undefined {
  return provider.at("name").text;
}

/** Of ids as they are once the keys without one have theirs, which is after lists were merged. */
function* repeatedKeyIds(provider: Place): Iterable<Discovery> {
  const first = new Map<string, Place>();
  for (const key of provider.at("keys").items()) {
    const id = key.at("id");
    const name = id.text ?? "";
    const known = first.get(name);
    if (known === undefined) first.set(name, id);
    else {
      yield {
        at: [id, known],
        message: `the id "${name}" is given to two keys`,
        hint: "a key without an id is named by its place, key-1, key-2…: give it one of its own",
        sort: { type: "duplicate_id", id: name },
      };
    }
  }
}

function isRemote(text: string): boolean {
  return /^[^:/\s]+:[0-9]{1,5}$/.test(text) || (text.includes("://") && URL.canParse(text));
}

function limitsOf(root: Place): readonly Place[] {
  const limiting = root.at("security", "rate_limiting");
  const custom = limiting.at("custom_rules").items("id");
  const rules = root.at("routing", "policy", "rules").items("id");
  return [
    ...["global", "per_user", "per_tenant"].map((name) => limiting.at(name)),
    ...custom.map((rule) => rule.at("limit")),
    ...rules.map((rule) => rule.at("action", "limit")),
  ];
}

function leavesOf(place: Place): readonly Place[] {
  const below = [...place.members().map(([, member]) => member), ...place.items()];
  return below.length === 0 ? [place] : below.flatMap(leavesOf);
}
