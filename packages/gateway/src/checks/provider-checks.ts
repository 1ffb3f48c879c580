import type { CrossCheck } from "@llmcfg/config";
import { isAuthAccepted, isProviderTypeName, PROVIDER_TYPES } from "../catalogue.ts";
import { type Discovery, defineCheck } from "./define-check.ts";
import type { Place } from "./place.ts";
import { isPrivateHost } from "./private-host.ts";

/** What has to agree within a provider and its models. */
export const PROVIDER_CHECKS: readonly CrossCheck[] = [
  defineCheck("alias_clash", ["providers"], function* (root) {
    for (const provider of providersOf(root)) yield* aliasClashes(provider);
  }),

  defineCheck("provider_without_models", ["providers"], function* (root) {
    for (const provider of providersOf(root)) {
      const models = provider.at("models");
      const needsModels = provider.at("enabled").isOn && !provider.at("discover_models").isOn;
      if (!needsModels || models.items().length > 0) continue;
      yield {
        at: [models, provider],
        message: `provider ${idOf(provider)} is enabled and has no models`,
        hint: "list its models, set discover_models: true, or disable it",
      };
    }
  }),

  defineCheck("provider_type_requirement", ["providers"], function* (root) {
    for (const provider of providersOf(root)) yield* unmetRequirements(provider);
  }),

  defineCheck("insecure_endpoint", ["providers"], function* (root) {
    for (const provider of providersOf(root)) {
      const endpoint = provider.at("endpoint");
      const url = URL.parse(endpoint.text ?? "");
      if (url?.protocol !== "http:" || isPrivateHost(url.hostname)) continue;
      const isAllowed = provider.at("allow_insecure").isOn;
      yield {
        at: [endpoint, provider.at("allow_insecure")],
        message: insecureMessage(`the public host ${url.hostname}`),
        hint: isAllowed ? "use https" : "use https, or set allow_insecure: true",
        severity: isAllowed ? "warning" : "error",
      };
    }
  }),

  defineCheck("credential_pair_incomplete", ["providers"], function* (root) {
    for (const provider of providersOf(root)) {
      const fault = credentialFault(provider.at("auth"));
      if (fault !== undefined) yield fault;
    }
  }),

  defineCheck("sunset_before_deprecated", ["providers"], function* (root) {
    for (const model of modelsOf(root)) {
      const deprecated = model.at("deprecated_at");
      const sunset = model.at("sunset_at");
      if (instantOf(sunset) >= instantOf(deprecated)) continue;
      if (!sunset.isGiven || !deprecated.isGiven) continue;
      yield {
        at: [sunset, deprecated],
        message: "the model ends before it is deprecated",
        hint: "sunset_at is the later of the two",
      };
    }
  }),

  defineCheck("output_above_window", ["providers"], function* (root) {
    for (const model of modelsOf(root)) {
      const output = model.at("max_output_tokens");
      const window = model.at("context_window");
      if ((output.number ?? 0) <= (window.number ?? Number.POSITIVE_INFINITY)) continue;
      yield {
        at: [output, window],
        message: `${output.number} tokens of output do not fit into a window of ${window.number}`,
        severity: "warning",
      };
    }
  }),
];

export function insecureMessage(host: string): string {
  return `sends requests and keys unencrypted to ${host}`;
}

export function providersOf(root: Place): readonly Place[] {
  return root.at("providers").items("id");
}

function modelsOf(root: Place): readonly Place[] {
  return providersOf(root).flatMap((provider) => provider.at("models").items("id"));
}

function idOf(place: Place): string {
  return place.at("id").text ?? "";
}

function* aliasClashes(provider: Place): Iterable<Discovery> {
  const models = provider.at("models").items("id");
  const taken = new Map(models.map((model) => [idOf(model), model.at("id")]));
  for (const alias of models.flatMap((model) => model.at("aliases").items())) {
    const name = alias.text;
    const other = name === undefined ? undefined : taken.get(name);
    if (name === undefined) continue;
    if (other === undefined) taken.set(name, alias);
    else {
      const message = `${name} names another model of this provider too`;
      yield { at: [alias, other], message, sort: { type: "duplicate_id", id: name } };
    }
  }
}

function* unmetRequirements(provider: Place): Iterable<Discovery> {
  const name = provider.at("type").text;
  if (!isProviderTypeName(name)) return;
  const type = PROVIDER_TYPES[name];
  const endpoint = provider.at("endpoint");
  if (!endpoint.isGiven) {
    const needs = type.endpoint?.match(/{(\w+)}/)?.[1];
    yield {
      at: [endpoint, provider.at("type")],
      message: `a provider of type ${name} needs an endpoint`,
      hint: needs === undefined ? "give endpoint" : `give endpoint, or auth.${needs} as plain text`,
    };
  }
  const version = provider.at("api_version");
  if (type.needsApiVersion && !version.isGiven) {
    yield {
      at: [version, provider.at("type")],
      message: `a provider of type ${name} needs api_version`,
    };
  }
  yield* unmetAuth(provider, name);
}

function* unmetAuth(provider: Place, name: keyof typeof PROVIDER_TYPES): Iterable<Discovery> {
  const auth = provider.at("auth");
  const kind = auth.at("type").text;
  if (kind !== undefined && !isAuthAccepted(name, kind)) {
    yield {
      at: [auth.at("type"), provider.at("type")],
      message: `a provider of type ${name} does not take credentials of type ${kind}`,
      hint: "use the type of the cloud that the credentials belong to, or openai_compatible",
    };
  }
  if (kind === "none" && PROVIDER_TYPES[name].auth === "required") {
    yield {
      at: [auth.at("type"), provider.at("type")],
      message: `a provider of type ${name} cannot be asked without a credential`,
    };
  }
  if (kind !== "api_key") return;
  const header = auth.at("header");
  const query = auth.at("query_param");
  if (header.isGiven && query.isGiven) {
    yield {
      at: [query, header],
      message: "an API key is sent in a header or in the query, not in both",
      hint: "give one of header and query_param",
    };
  }
  if (!header.isGiven && !query.isGiven) {
    yield {
      at: [header, provider.at("type")],
      message: `a provider of type ${name} has no header of its own for an API key`,
      hint: "give header or query_param, or use another type of auth",
    };
  }
}

function credentialFault(auth: Place): Discovery | undefined {
  switch (auth.at("type").text ?? "") {
    case "aws_sigv4": {
      const id = auth.at("access_key_id");
      const key = auth.at("secret_access_key");
      if (id.isGiven === key.isGiven) return undefined;
      const message = "access_key_id and secret_access_key belong together";
      return { at: [id.isGiven ? key : id, auth], message };
    }
    case "azure_ad": {
      const secret = auth.at("client_secret");
      const managed = auth.at("managed_identity");
      if (secret.isGiven !== managed.isOn) return undefined;
      const message = "exactly one of client_secret and managed_identity is the credential";
      return { at: [secret, managed], message };
    }
    default:
      return undefined;
  }
}

/** NaN, which is neither before nor after, where there is none. */
function instantOf(place: Place): number {
  return Date.parse(place.text ?? "");
}
