/**
 * What the control plane as a source is told, and what becomes of that.
 *
 * @module
 */

import { LlmcfgError } from "@llmcfg/core";
import { parseKeySelector } from "../bundle/key-selector.ts";
import type { ClientOptions } from "../client.ts";
import type { LastGoodStore } from "../store/last-good-store.ts";

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
  /** A certificate authority of one's own is trusted through `fetch`, or by Node itself. */
  readonly ca?: string | undefined;
}

/** Which keys the layer is made of. */
export interface SourceSelection {
  /** Without slashes around it; `""` for all. */
  readonly folder: string;
  readonly key: string | undefined;
  readonly isOmitted: (key: string) => boolean;
}

/** @throws {LlmcfgError} `INVALID_ARGUMENT`, `NOT_IMPLEMENTED` */
export function toSelection(options: LlmcfgSourceOptions): SourceSelection {
  const { prefix, key, ca, omit = ["secrets/**"] } = options;
  if (ca !== undefined) {
    const message =
      "option ca is not built yet: set NODE_EXTRA_CA_CERTS, or give a fetch that trusts the authority";
    throw new LlmcfgError("NOT_IMPLEMENTED", message, {});
  }
  if (prefix !== undefined && key !== undefined) {
    const message = "prefix and key exclude each other: a key is a whole layer";
    throw new LlmcfgError("INVALID_ARGUMENT", message, { errors: [] });
  }
  const omitted = omit.map(parseKeySelector);
  return {
    folder: (prefix ?? "").replace(/\/+$/, ""),
    key,
    isOmitted: (name) => omitted.some((isSelected) => isSelected(name)),
  };
}
