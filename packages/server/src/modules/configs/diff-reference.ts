/**
 * How the two sides of a difference are named: `env/service[/key][@…]`, `env[@…]`.
 *
 * @module
 */

import { type EnvironmentGraph, LlmcfgError, parseTime, type Version } from "@llmcfg/core";
import type { PastState } from "./read-point.ts";
import { requireRef } from "./require-ref.ts";

export interface DiffReference {
  /** As it was written, with the canonical name of the environment. */
  readonly text: string;
  readonly env: string;
  readonly service: string | undefined;
  readonly key: string | undefined;
  /** `undefined` for now. */
  readonly at: PastState | undefined;
  /** Of a key: this version of the own item. */
  readonly version: Version | undefined;
}

const REVISION = /^r?([1-9][0-9]{0,14})$/;
const VERSION = /^v([1-9][0-9]{0,9})$/;
const TIME = /^\d{4}-\d{2}-\d{2}T/;

/**
 * @throws {LlmcfgError} `INVALID_ARGUMENT`, `INVALID_KEY`, `ENV_NOT_FOUND`; `NOT_IMPLEMENTED` for
 *   agents and releases
 */
export function parseDiffReference(text: string, graph: EnvironmentGraph): DiffReference {
  if (/^(?:agent|release):/.test(text)) {
    const message = "differences with agents and releases are specified and not built yet";
    throw new LlmcfgError("NOT_IMPLEMENTED", message, {});
  }
  const { path, suffix } = splitSuffix(text);
  const [name = "", service, ...rest] = path.split("/");
  const key = rest.length === 0 ? undefined : rest.join("/");
  requireRef({
    env: name,
    ...(service === undefined ? {} : { service }),
    ...(key === undefined ? {} : { key }),
  });
  const { name: env } = graph.get(name);
  const { at, version } = parseSuffix(suffix);
  if (version !== undefined && key === undefined) throw refused("only a key has versions");
  return { text: env + text.slice(name.length), env, service, key, at, version };
}

/** Keys may hold `@` too: only what could follow it counts. */
function splitSuffix(text: string): { readonly path: string; readonly suffix: string | undefined } {
  const at = text.lastIndexOf("@");
  const suffix = text.slice(at + 1);
  const isSuffix = at > 0 && [REVISION, VERSION, TIME].some((form) => form.test(suffix));
  return isSuffix ? { path: text.slice(0, at), suffix } : { path: text, suffix: undefined };
}

function parseSuffix(suffix: string | undefined): Pick<DiffReference, "at" | "version"> {
  if (suffix === undefined) return { at: undefined, version: undefined };
  const version = VERSION.exec(suffix)?.[1];
  if (version !== undefined) return { at: undefined, version: Number(version) };
  const revision = REVISION.exec(suffix)?.[1];
  if (revision !== undefined) return { at: { revision: Number(revision) }, version: undefined };
  return { at: { timeMs: parseTime(suffix) }, version: undefined };
}

function refused(detail: string): LlmcfgError {
  const errors = [{ pointer: "", code: "INVALID_ARGUMENT", detail }];
  return new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
}
