/**
 * What the query of a watch selects.
 *
 * @module
 */

import { type EnvironmentGraph, type Finding, LlmcfgError, parseSelector } from "@llmcfg/core";
import type { Namespace } from "../../modules/configs/ports.ts";

export interface SelectionQuery {
  readonly env: string | undefined;
  readonly service: string | undefined;
  readonly prefix: string | undefined;
  readonly select: string | readonly string[] | undefined;
  readonly view: "effective" | "raw";
}

/**
 * The namespaces that are asked for, environments by their canonical names.
 *
 * A selector is a folder of keys: `production/ml-service/inference/**`, where environment and
 * service may be `*`.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT`
 */
export function toNamespaces(query: SelectionQuery, graph: EnvironmentGraph): readonly Namespace[] {
  const { env, service, prefix, select, view } = query;
  const selectors = select === undefined ? [] : [select].flat();
  if (env === undefined && (service !== undefined || prefix !== undefined)) {
    throw refusal("/env", "a service or prefix needs the environment it is in");
  }
  if (env === undefined && selectors.length === 0) {
    if (view === "raw") return graph.all.map(({ name }) => everythingIn(name));
    throw refusal("/env", "name the environment to watch, or use select");
  }
  const named =
    env === undefined ? [] : [{ env: canonical(env, graph), service, prefix: prefix ?? "" }];
  return [...named, ...selectors.flatMap((text) => ofSelector(text, graph))];
}

function ofSelector(text: string, graph: EnvironmentGraph): readonly Namespace[] {
  const { segments, isOpen } = parseSelector(text);
  const [env = "*", service = "*", ...key] = segments;
  if (!isOpen) throw refusal("/select", "a selector of a watch must end in **");
  if (key.includes("*") || (service === "*" && key.length > 0)) {
    throw refusal("/select", "only the environment and the service may be *");
  }
  const envs = env === "*" ? graph.all.map(({ name }) => name) : [canonical(env, graph)];
  const prefix = key.map((segment) => `${segment}/`).join("");
  return envs.map((name) => ({
    env: name,
    service: service === "*" ? undefined : service,
    prefix,
  }));
}

function everythingIn(env: string): Namespace {
  return { env, service: undefined, prefix: "" };
}

function canonical(env: string, graph: EnvironmentGraph): string {
  return graph.find(env)?.name ?? env;
}

function refusal(pointer: string, detail: string): LlmcfgError {
  const errors: Finding[] = [{ pointer, code: "INVALID_ARGUMENT", detail }];
  return new LlmcfgError("INVALID_ARGUMENT", `the query is not right: ${detail}`, { errors });
}
