import type { Located } from "@llmcfg/config";
import { isJsonObject, type Json } from "@llmcfg/core";
import { shiftDecimal } from "../decimal-shift.ts";
import { escapeText } from "../escape-text.ts";
import { digitsOf, flagOf, integerOf, itemsOf, numberOf, textOf } from "../read-node.ts";
import type { DeploymentDraft } from "./deployment-draft.ts";
import { secondsText } from "./mapping.ts";
import { toPlainJson } from "./plain-json.ts";

/** What the deployment says about its model, but for weights and aliases. */
export function mapModel(draft: DeploymentDraft): void {
  mapNames(draft);
  mapMode(draft);
  mapSizes(draft);
  mapCapabilities(draft);
  mapPricing(draft);
  mapPriority(draft);
  mapRateLimits(draft);
  mapTimeouts(draft);
  mapParameters(draft);
}

function mapNames(draft: DeploymentDraft): void {
  const { target, name, mapping } = draft;
  const nameNode = draft.item.entries.get("model_name");
  const isOddWildcard = name.includes("*") && name !== "*" && !/^[^*]*\/\*$/.test(name);
  const note = isOddWildcard ? "a wildcard inside a name is not matched here" : undefined;
  draft.set("model", ["id"], escapeText(name));
  if (nameNode !== undefined) draft.claim("model", nameNode, { path: ["id"], note });
  const model = draft.param("model");
  const notes = [
    target.note,
    target.upstream === "" ? "the public name is sent upstream" : undefined,
  ];
  const said = notes.filter((one) => one !== undefined).join("; ");
  const upstream = target.upstream === "" ? name : target.upstream;
  if (upstream !== name) draft.set("model", ["upstream_id"], escapeText(upstream));
  if (model !== undefined)
    draft.claim("model", model, { path: ["upstream_id"], note: said || undefined });
  const provider = draft.param("custom_llm_provider");
  if (provider !== undefined && mapping.text(provider) !== undefined) {
    draft.claim("provider", provider, { path: ["type"] });
  }
}

/** LiteLLM's names of modes. */
export const MODES: ReadonlyMap<string, string> = new Map([
  ["chat", "chat"],
  ["completion", "completion"],
  ["responses", "responses"],
  ["embedding", "embedding"],
  ["image_generation", "image"],
  ["audio_transcription", "audio_transcription"],
  ["audio_speech", "audio_speech"],
  ["rerank", "rerank"],
  ["moderation", "moderation"],
  ["batch", "batch"],
]);

function mapMode(draft: DeploymentDraft): void {
  const node = draft.fact("mode");
  const value = MODES.get(textOf(node) ?? "");
  if (node === undefined || value === undefined) return;
  if (value === "chat") draft.claim("model", node, { path: ["mode"] });
  else draft.map("model", node, { path: ["mode"], value });
}

function mapSizes(draft: DeploymentDraft): void {
  mapCount(draft, draft.fact("max_input_tokens"), ["context_window"]);
  if (mapCount(draft, draft.fact("max_output_tokens"), ["max_output_tokens"])) return;
  const note = "taken as the longest answer";
  mapCount(draft, draft.fact("max_tokens"), ["max_output_tokens"], note);
}

function mapCount(
  draft: DeploymentDraft,
  node: Located | undefined,
  path: readonly string[],
  note?: string,
): boolean {
  const value = integerOf(node, { min: 1 });
  if (node === undefined || value === undefined) return false;
  draft.map("model", node, { path, value, ...(note === undefined ? {} : { note }) });
  return true;
}

/** `supports_…` of `model_info`, by capability. */
export const CAPABILITY_FLAGS: ReadonlyMap<string, string> = new Map([
  ["supports_function_calling", "tools"],
  ["supports_parallel_function_calling", "parallel_tools"],
  ["supports_response_schema", "json_schema"],
  ["supports_vision", "vision"],
  ["supports_audio_input", "audio"],
  ["supports_reasoning", "reasoning"],
  ["supports_prompt_caching", "prompt_caching"],
]);

function mapCapabilities(draft: DeploymentDraft): void {
  const held: string[] = [];
  for (const [flag, capability] of CAPABILITY_FLAGS) {
    const node = draft.fact(flag);
    const value = flagOf(node);
    if (node === undefined || value === undefined) continue;
    if (value) held.push(capability);
    draft.claim("model", node, { path: ["capabilities"] });
  }
  if (held.length > 0) draft.set("model", ["capabilities"], ["streaming", ...held]);
}

/** Costs for a token, by what they become for a million. */
export const COSTS: ReadonlyMap<string, string> = new Map([
  ["input_cost_per_token", "input_per_million"],
  ["output_cost_per_token", "output_per_million"],
  ["cache_read_input_token_cost", "cached_input_per_million"],
  ["cache_creation_input_token_cost", "cache_write_per_million"],
]);

function mapPricing(draft: DeploymentDraft): void {
  const known = new Map<string, string>();
  for (const [cost, field] of COSTS) {
    const node = draft.param(cost) ?? draft.fact(cost);
    const value = shiftDecimal(digitsOf(node) ?? "", 6);
    if (node === undefined || value === undefined) continue;
    known.set(field, value);
    draft.map("model", node, { path: ["pricing", field], value });
  }
  if (known.size === 0) return;
  for (const field of ["input_per_million", "output_per_million"]) {
    if (known.has(field)) continue;
    const note = "only other costs are given";
    draft.assume("model", { path: ["pricing", field], value: "0", note });
  }
}

function mapPriority(draft: DeploymentDraft): void {
  const node = draft.param("order");
  const value = integerOf(node, { min: 0, max: 1_000 });
  if (node !== undefined && value !== undefined)
    draft.map("model", node, { path: ["priority"], value });
}

/** Quotas of a deployment, in either of its places. */
export const QUOTAS: ReadonlyMap<string, string> = new Map([
  ["rpm", "requests_per_minute"],
  ["tpm", "tokens_per_minute"],
  ["max_parallel_requests", "max_concurrent_requests"],
]);

function mapRateLimits(draft: DeploymentDraft): void {
  for (const [name, field] of QUOTAS) {
    mapCount(draft, draft.param(name) ?? draft.fact(name), ["rate_limits", field]);
  }
}

function mapTimeouts(draft: DeploymentDraft): void {
  const [request, firstToken] = [draft.param("timeout"), draft.param("stream_timeout")];
  const timeouts = timeoutsFor(numberOf(request), numberOf(firstToken));
  if (request !== undefined && timeouts.request !== undefined) {
    draft.claim("model", request, { path: ["timeouts", "request"], note: timeouts.note });
  }
  if (firstToken !== undefined && timeouts.first_token !== undefined) {
    draft.claim("model", firstToken, { path: ["timeouts", "first_token"], note: timeouts.note });
  }
  for (const name of ["connect", "request", "first_token", "stream_total"] as const) {
    const value = timeouts[name];
    if (value === undefined) continue;
    const path = ["timeouts", name];
    if (name === "request" || name === "first_token") draft.set("model", path, value);
    else draft.assume("model", { path, value, note: "time-outs have to agree" });
  }
}

export interface ImportedTimeouts {
  readonly connect?: string;
  readonly request?: string;
  readonly first_token?: string;
  readonly stream_total?: string;
  /** How they differ from what was given. */
  readonly note?: string;
}

/**
 * Time-outs that agree with each other and with the defaults of those that are not given: none is
 * above 1h, connecting is no longer than the request, and the stream as a whole no shorter.
 */
export function timeoutsFor(
  request: number | undefined,
  firstToken: number | undefined,
): ImportedTimeouts {
  const [whole, first] = [boundSeconds(request), boundSeconds(firstToken)];
  const longest = Math.max(whole ?? 0, first ?? 0);
  const isCapped = (request ?? 0) > MAX_SECONDS || (firstToken ?? 0) > MAX_SECONDS;
  return {
    ...(whole !== undefined && whole < 10 ? { connect: secondsText(whole) } : {}),
    ...(whole === undefined ? {} : { request: secondsText(whole) }),
    ...(first === undefined ? {} : { first_token: secondsText(first) }),
    ...(longest > 600 ? { stream_total: secondsText(longest) } : {}),
    ...(isCapped ? { note: "no longer than 1h" } : {}),
  };
}

const MAX_SECONDS = 3_600;

/** A time-out below 100ms is not one that can be meant. */
function boundSeconds(seconds: number | undefined): number | undefined {
  return seconds === undefined || seconds < 0.1 ? undefined : Math.min(seconds, MAX_SECONDS);
}

/** Parameters of requests that a deployment gives a default for. */
export const REQUEST_PARAMETERS: readonly string[] = [
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "n",
  "stop",
  "max_tokens",
  "max_completion_tokens",
  "presence_penalty",
  "frequency_penalty",
  "repetition_penalty",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "seed",
  "response_format",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning_effort",
  "thinking",
  "verbosity",
  "modalities",
  "audio",
  "dimensions",
  "encoding_format",
  "input_type",
  "service_tier",
  "stream",
  "user",
  "voice",
];

function mapParameters(draft: DeploymentDraft): void {
  for (const name of REQUEST_PARAMETERS) {
    const node = draft.param(name);
    const value = toPlainJson(node);
    if (node === undefined || value === undefined || hasOperators(value)) continue;
    draft.map("model", node, { path: ["default_params", name], value });
  }
  mapDropped(draft);
}

/** A member that begins with `$` is an operator everywhere but in `extensions`. */
function hasOperators(value: Json): boolean {
  if (Array.isArray(value)) return value.some(hasOperators);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([name, inner]) => name.startsWith("$") || hasOperators(inner));
}

function mapDropped(draft: DeploymentDraft): void {
  const node = draft.param("additional_drop_params");
  const names = itemsOf(node).map(textOf);
  if (node === undefined || names.length === 0 || names.includes(undefined)) return;
  const value = names.filter((name) => name !== undefined).map(escapeText);
  draft.map("model", node, { path: ["drop_params"], value });
}
