import {
  compareBytewise,
  diffValues,
  type Json,
  type JsonPointer,
  LlmcfgError,
  type Revision,
} from "@llmcfg/core";
import type { EnvironmentReader } from "../environments/ports.ts";
import type { Keyring } from "../keys/ports.ts";
import type { Caller } from "../policy/ports.ts";
import { type DiffReference, parseDiffReference } from "./diff-reference.ts";
import { type DiffSide, readSide, type SideDeps, type SideEntry } from "./diff-side.ts";
import type { WaitOptions } from "./ports.ts";

export interface DiffDeps extends SideDeps {
  readonly environments: EnvironmentReader;
  readonly keyring: Pick<Keyring, "authenticate" | "fingerprint">;
}

export interface DiffReferences {
  readonly caller: Caller;
  readonly from: string;
  readonly to: string;
}

export interface KeyDifference {
  /** Of an environment as a whole `service/key`. */
  readonly key: string;
  readonly op: "add" | "change" | "remove";
  /** Where in the value; empty for all of it. */
  readonly pointer: JsonPointer;
  /** Never of a sensitive value; `undefined` where there is none. */
  readonly from: Json | undefined;
  readonly to: Json | undefined;
  readonly isSensitive: boolean;
  readonly fromFingerprint: string | undefined;
  readonly toFingerprint: string | undefined;
}

export interface Difference {
  readonly from: { readonly ref: string; readonly revision: Revision };
  readonly to: { readonly ref: string; readonly revision: Revision };
  /** Sorted bytewise by key, then by pointer. */
  readonly changes: readonly KeyDifference[];
}

/**
 * What differs between two states: environments, services or keys, now or then, and versions.
 *
 * A key that the caller may not read on one of the sides is left out. Sensitive values are compared
 * by their fingerprints.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT`, `INVALID_KEY`, `ENV_NOT_FOUND`, `KEY_NOT_FOUND`,
 *   `VERSION_NOT_FOUND`, `POLICY_DENIED`, `NOT_IMPLEMENTED` for agents and releases
 */
export async function diffReferences(
  deps: DiffDeps,
  { caller, from, to }: DiffReferences,
  options: WaitOptions = {},
): Promise<Difference> {
  const graph = await deps.environments.graph(caller.tenant);
  const [a, b] = [parseDiffReference(from, graph), parseDiffReference(to, graph)];
  if (kindOf(a) !== kindOf(b)) {
    const detail = `from names ${kindOf(a)}, to names ${kindOf(b)}: both must name the same kind`;
    const errors = [{ pointer: "/to", code: "INVALID_ARGUMENT", detail }];
    throw new LlmcfgError("INVALID_ARGUMENT", detail, { errors });
  }
  const [left, right] = [
    await readSide(deps, caller, a, options),
    await readSide(deps, caller, b, options),
  ];
  return {
    from: { ref: a.text, revision: left.revision },
    to: { ref: b.text, revision: right.revision },
    changes: await compareSides(deps, caller.tenant, left, right),
  };
}

function kindOf({ service, key }: DiffReference): string {
  if (key !== undefined) return "a key";
  return service === undefined ? "an environment" : "a service";
}

async function compareSides(
  deps: DiffDeps,
  tenant: string,
  left: DiffSide,
  right: DiffSide,
): Promise<readonly KeyDifference[]> {
  const names = new Set([...left.entries.keys(), ...right.entries.keys()]);
  const changes: KeyDifference[] = [];
  for (const name of [...names].toSorted(compareBytewise)) {
    if (left.unreadable.has(name) || right.unreadable.has(name)) continue;
    const [from, to] = [left.entries.get(name), right.entries.get(name)];
    const key = to?.key ?? from?.key ?? name;
    const isSensitive = from?.isSensitive === true || to?.isSensitive === true;
    changes.push(
      ...(isSensitive
        ? await compareSecrets(deps, { tenant, key, from, to })
        : diffValues(from?.value, to?.value).map((change) => ({
            key,
            ...change,
            isSensitive: false,
            fromFingerprint: undefined,
            toFingerprint: undefined,
          }))),
    );
  }
  return changes;
}

interface Pair {
  readonly tenant: string;
  readonly key: string;
  readonly from: SideEntry | undefined;
  readonly to: SideEntry | undefined;
}

/** Both values stay hidden if one of them is sensitive. */
async function compareSecrets(deps: DiffDeps, pair: Pair): Promise<readonly KeyDifference[]> {
  const { tenant, key, from, to } = pair;
  const fromFingerprint = from && (await fingerprintOf(deps, tenant, from));
  const toFingerprint = to && (await fingerprintOf(deps, tenant, to));
  if (fromFingerprint === toFingerprint) return [];
  const op = from === undefined ? "add" : to === undefined ? "remove" : "change";
  const hidden = { pointer: "", from: undefined, to: undefined, isSensitive: true };
  return [{ key, op, ...hidden, fromFingerprint, toFingerprint }];
}

async function fingerprintOf(
  { keyring }: DiffDeps,
  tenant: string,
  { fingerprint, value }: SideEntry,
): Promise<string | undefined> {
  if (fingerprint !== undefined || value === undefined) return fingerprint;
  return await keyring.fingerprint(tenant, value);
}
