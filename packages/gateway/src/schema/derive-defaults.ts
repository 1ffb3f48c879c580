import type { Draft, Json } from "@llmcfg/config";
import { isJsonObject } from "@llmcfg/core";
import { findEndpoint, isProviderTypeName, PROVIDER_TYPES } from "../catalogue.ts";

/** Gives every field whose default depends on other values its value. Never reads what is wrong. */
export function deriveDefaults(draft: Draft): void {
  for (const provider of draft.items("providers")) {
    copy(draft, `${provider}.id`, `${provider}.name`);
    deriveByType(draft, provider);
    for (const model of draft.items(`${provider}.models`)) deriveUpstreamId(draft, model);
  }
  copy(draft, "routing.default_strategy", "routing.policy.default_strategy");
  for (const rule of draft.items("routing.policy.rules")) {
    copy(draft, `${rule}.id`, `${rule}.name`);
    deriveSalts(draft, { condition: `${rule}.condition`, ruleId: `${rule}.id` });
  }
  copy(draft, "resilience.timeouts.request", "resilience.retry_policy.total_timeout");
  deriveKeyIds(draft);
}

function copy(draft: Draft, from: string, to: string): void {
  const value = draft.get(from);
  const isThere = value !== undefined && value !== ""; // an empty id is one fault, not two
  if (isThere) draft.setDefault(to, value, from);
}

function deriveByType(draft: Draft, provider: string): void {
  const from = `${provider}.type`;
  const name = draft.get(from);
  if (!isProviderTypeName(name)) return;
  const type = PROVIDER_TYPES[name];

  if (type.auth === "none_by_default") draft.setDefault(`${provider}.auth`, { type: "none" }, from);
  draft.setDefault(`${provider}.api_version`, type.apiVersion ?? null, from);
  const endpoint = findEndpoint(name, {
    region: plainText(draft.get(`${provider}.auth.region`)),
    location: plainText(draft.get(`${provider}.auth.location`)),
  });
  if (endpoint !== undefined) draft.setDefault(`${provider}.endpoint`, endpoint, from);
  deriveCarrier(draft, { provider, header: type.apiKey?.header });
}

/** A secret reference is not part of a host name. */
function plainText(value: Json | undefined): string | undefined {
  return typeof value === "string" && !value.includes("${") ? value : undefined;
}

/** Where an API key is put: into the query if the document says so, else into a header. */
function deriveCarrier(
  draft: Draft,
  { provider, header }: { readonly provider: string; readonly header: string | undefined },
): void {
  const auth = `${provider}.auth`;
  if (draft.get(`${auth}.type`) !== "api_key") return;
  const query = draft.get(`${auth}.query_param`);
  const usesQuery = query !== undefined && query !== null;
  draft.setDefault(`${auth}.header`, usesQuery ? null : (header ?? null), `${provider}.type`);

  const chosen = draft.get(`${auth}.header`);
  const isAuthorization = typeof chosen === "string" && /^authorization$/i.test(chosen);
  draft.setDefault(`${auth}.prefix`, isAuthorization ? "Bearer " : "", `${auth}.header`);
}

/** The name sent upstream is the public one; of a wildcard it is what the wildcard matched. */
function deriveUpstreamId(draft: Draft, model: string): void {
  const id = draft.get(`${model}.id`);
  if (typeof id !== "string") return;
  const isWildcard = id === "*" || id.endsWith("/*");
  draft.setDefault(`${model}.upstream_id`, isWildcard ? "*" : id, `${model}.id`);
}

/** Shares of different rules are drawn apart, since each rule salts with its own id. */
function deriveSalts(
  draft: Draft,
  at: { readonly condition: string; readonly ruleId: string },
): void {
  const condition = draft.get(at.condition);
  if (!isJsonObject(condition)) return;
  if (condition["type"] === "percentage") copy(draft, at.ruleId, `${at.condition}.salt`);
  if (condition["type"] === "not") {
    deriveSalts(draft, { ...at, condition: `${at.condition}.condition` });
  }
  for (const nested of draft.items(`${at.condition}.conditions`)) {
    deriveSalts(draft, { ...at, condition: nested });
  }
}

/** `key-1`, `key-2`… by position. */
function deriveKeyIds(draft: Draft): void {
  for (const provider of draft.items("security.authentication.providers")) {
    let position = 0;
    for (const key of draft.items(`${provider}.keys`)) {
      position++;
      draft.setDefault(`${key}.id`, `key-${position}`, key);
    }
  }
}
