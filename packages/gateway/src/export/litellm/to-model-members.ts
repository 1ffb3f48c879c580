import type { Located } from "@llmcfg/config";
import type { Json } from "@llmcfg/core";
import { shiftDecimal } from "../../import/decimal-shift.ts";
import {
  CAPABILITY_FLAGS,
  COSTS,
  MODES,
  QUOTAS,
  timeoutsFor,
} from "../../import/litellm/map-model.ts";
import { digitsOf, itemsOf, member, membersOf, numberOf, textOf } from "../../import/read-node.ts";
import { type LitellmExport, secondsOf } from "./litellm-export.ts";
import { Digits, type PyYaml } from "./write-py-yaml.ts";

type Members = Record<string, PyYaml>;

/** What a model says, as members of `litellm_params` and of `model_info`. */
export function toModelMembers(
  exported: LitellmExport,
  model: Located,
  provider: Located,
): { readonly params: Members; readonly facts: Members } {
  const params: Members = {};
  const facts: Members = {};
  putShare(exported, { model, provider, params });
  putQuotas(exported, model, params);
  putTimeouts(exported, model, params);
  putParameters(exported, model, params);
  putPricing(exported, model, params);
  putFacts(exported, model, facts);
  return { params, facts };
}

function putShare(
  exported: LitellmExport,
  {
    model,
    provider,
    params,
  }: { readonly model: Located; readonly provider: Located; readonly params: Members },
): void {
  for (const [name, param, usual] of SHARES) {
    const own = numberOf(member(model, name));
    const inherited = numberOf(member(provider, name));
    const value = own ?? (inherited === usual ? undefined : inherited);
    for (const node of [member(model, name), member(provider, name)]) {
      exported.settle(node, ["model_list", "litellm_params", param]);
    }
    if (value !== undefined) params[param] = value;
  }
}

/** Ours, LiteLLM's, and what providers have where nothing is said. */
const SHARES = [
  ["weight", "weight", 1],
  ["priority", "order", 0],
] as const;

function putQuotas(exported: LitellmExport, model: Located, params: Members): void {
  for (const [param, field] of QUOTAS) {
    const node = member(model, "rate_limits", field);
    const value = numberOf(node);
    if (value === undefined) continue;
    params[param] = value;
    exported.settle(node, ["model_list", "litellm_params", param]);
  }
}

function putTimeouts(exported: LitellmExport, model: Located, params: Members): void {
  const timeouts = member(model, "timeouts");
  const [request, firstToken] = [member(timeouts, "request"), member(timeouts, "first_token")];
  for (const [param, node] of [
    ["timeout", request],
    ["stream_timeout", firstToken],
  ] as const) {
    const seconds = secondsOf(node);
    if (seconds === undefined) continue;
    params[param] = seconds;
    exported.settle(node, ["model_list", "litellm_params", param]);
  }
  settleImplied(exported, timeouts);
}

/** The members that an import would add again. */
export function settleImplied(exported: LitellmExport, timeouts: Located | undefined): void {
  const again = timeoutsFor(
    secondsOf(member(timeouts, "request")),
    secondsOf(member(timeouts, "first_token")),
  );
  for (const name of ["connect", "stream_total"] as const) {
    const node = member(timeouts, name);
    if (node !== undefined && textOf(node) === again[name])
      exported.imply(node, "it follows from the other time-outs");
  }
}

function putParameters(exported: LitellmExport, model: Located, params: Members): void {
  for (const [name, node] of membersOf(member(model, "default_params"))) {
    const value = foreignJson(exported, node, name);
    if (value !== undefined) params[name] = value;
    exported.settle(node, ["model_list", "litellm_params", name]);
  }
  const dropped = member(model, "drop_params");
  const names = itemsOf(dropped).map((node) => exported.text(node, "text") ?? "");
  if (names.length === 0) return;
  params["additional_drop_params"] = names;
  exported.settle(dropped, ["model_list", "litellm_params", "additional_drop_params"]);
}

/** Any value, its texts as LiteLLM writes them. */
export function foreignJson(
  exported: LitellmExport,
  node: Located,
  name: string,
): Json | undefined {
  if (node.type === "scalar") {
    const isText = typeof node.value === "string" && node.value !== "";
    return isText ? exported.text(node, "header", name) : node.value;
  }
  if (node.type === "array") {
    return node.items.flatMap((item) => foreignJson(exported, item, name) ?? null);
  }
  const members = [...node.entries].map(
    ([key, value]) => [key, foreignJson(exported, value, key) ?? null] as const,
  );
  return Object.fromEntries(members);
}

function putPricing(exported: LitellmExport, model: Located, params: Members): void {
  const pricing = member(model, "pricing");
  const currency = member(pricing, "currency");
  if (textOf(currency) === "USD") exported.imply(currency, "LiteLLM counts in US dollars");
  else if (currency !== undefined) {
    exported.keep(pricing, "LiteLLM counts in US dollars");
    return;
  }
  for (const [cost, field] of COSTS) {
    const node = member(pricing, field);
    const value = shiftDecimal(digitsOf(node) ?? "", -6);
    if (value === undefined) continue;
    params[cost] = new Digits(value);
    exported.settle(node, ["model_list", "litellm_params", cost]);
  }
}

function putFacts(exported: LitellmExport, model: Located, facts: Members): void {
  const to = ["model_list", "model_info"];
  const mode = member(model, "mode");
  const name = [...MODES].find(([, ours]) => ours === textOf(mode))?.[0];
  if (name !== undefined && name !== "chat") facts["mode"] = name;
  if (name !== undefined) exported.settle(mode, [...to, "mode"]);
  for (const [field, fact] of [
    ["context_window", "max_input_tokens"],
    ["max_output_tokens", "max_output_tokens"],
  ] as const) {
    const node = member(model, field);
    const value = numberOf(node);
    if (value === undefined) continue;
    facts[fact] = value;
    exported.settle(node, [...to, fact]);
  }
  const held = member(model, "capabilities");
  const flags = new Map([...CAPABILITY_FLAGS].map(([flag, ours]) => [ours, flag] as const));
  for (const node of itemsOf(held)) {
    const flag = flags.get(textOf(node) ?? "");
    if (flag === undefined)
      exported.imply(node, "every model of LiteLLM can be asked for a stream");
    else facts[flag] = true;
    if (flag !== undefined) exported.settle(node, [...to, flag]);
  }
}
