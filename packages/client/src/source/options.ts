/**
 * What the control plane as a source is told, and what becomes of that.
 *
 * @module
 */

import { LlmcfgError } from "@llmcfg/core";
import { parseKeySelector } from "../bundle/key-selector.ts";
import type { ClientOptions } from "../client.ts";
import type { LastGoodStore } from "../store/last-good-store.ts";
import { createTrustingFetch } from "./trusting-fetch.ts";

export interface LlmcfgSourceOptions extends Omit<ClientOptions, "via"> {
  readonly env: string;
  readonly service: string;
  readonly token: string;
  /** Only keys below this folder, and by the rest of their names. */
  readonly prefix?: string | undefined;
  /** The layer is the value of this one key: an object, or a YAML, TOML or JSON document. */
  readonly key?: string | undefined;
  /**
   * Selectors of keys that are left out because they are only referred to. Default:
   * `["secrets/**"]`.
   */
  readonly omit?: readonly string[] | undefined;
  /** Keeps what was applied last, for a start while the server is away. */
  readonly store?: LastGoodStore | undefined;
  /** Default: the one that is kept in the store, else a new one for each process. */
  readonly agentId?: string | undefined;
  /** The machine; default: as the store knows it, else the agent id. */
  readonly node?: string | undefined;
  /** Shown with the agent. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Without a proof for longer than this, `freshness` is `EXPIRED`. Default: 24 h. */
  readonly maxStaleMs?: number | undefined;
  /**
   * The certificates, as PEM text, of the authority that signed the server's: it alone is trusted.
   * Default: those that Node trusts.
   */
  readonly ca?: string | undefined;
}

/** Which keys the layer is made of. */
export interface SourceSelection {
  /** Without slashes around it; `""` for all. */
  readonly folder: string;
  readonly key: string | undefined;
  readonly isOmitted: (key: string) => boolean;
}

/** What the client is made of. @throws {LlmcfgError} `INVALID_ARGUMENT` */
export function toClientOptions({ ca, ...options }: LlmcfgSourceOptions): ClientOptions {
  if (ca === undefined) return options;
  if (options.fetch !== undefined) throw refuse("ca and fetch exclude each other");
  if (!options.addr.startsWith("https://"))
    throw refuse("ca is for an address with https:// alone");
  return { ...options, fetch: createTrustingFetch(ca) };
}

/** @throws {LlmcfgError} `INVALID_ARGUMENT` */
export function toSelection(options: LlmcfgSourceOptions): SourceSelection {
  const { prefix, key, omit = ["secrets/**"] } = options;
  if (prefix !== undefined && key !== undefined) {
    throw refuse("prefix and key exclude each other: a key is a whole layer");
  }
  const omitted = omit.map(parseKeySelector);
  return {
    folder: (prefix ?? "").replace(/\/+$/, ""),
    key,
    isOmitted: (name) => omitted.some((isSelected) => isSelected(name)),
  };
}

function refuse(message: string): LlmcfgError {
  return new LlmcfgError("INVALID_ARGUMENT", message, { errors: [] });
}
