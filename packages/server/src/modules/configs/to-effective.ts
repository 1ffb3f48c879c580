import { canonicalize, type Environment, type Json, type Resolved } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import { idOf, type LayerSource } from "./layer-table.ts";
import type { Effective } from "./ports.ts";
import { resolveKeys } from "./resolve-keys.ts";
import { plainHash, type SecretHashes, sha256 } from "./value-hash.ts";

/** What the hashes of a composed value are made from. */
export interface HashContext {
  readonly keyring: Pick<Keyring, "valueHash" | "fingerprint">;
  readonly tenant: string;
  readonly source: LayerSource;
  readonly chain: readonly Environment[];
}

/**
 * The resolved key with the hash that stands for its value; `undefined` where it does not exist.
 *
 * What the winner alone gives has the hash it was stored with. A composed value that is no secret
 * has that of its canonical form. One that is secret has an HMAC over the hashes of all that went
 * into it: it changes whenever one of them does, and nothing needs to be opened for it.
 */
export async function toEffective(
  resolved: Resolved,
  context: HashContext,
): Promise<Effective | undefined> {
  const { winner, newest } = resolved;
  if (winner === undefined || newest === undefined) return undefined;
  return { ...resolved, winner, newest, ...(await hashesOf({ ...resolved, winner }, context)) };
}

type Hashes = Pick<Effective, "hash" | "fingerprint">;
type Existing = Resolved & Pick<Effective, "winner">;

async function hashesOf(resolved: Existing, context: HashContext): Promise<Hashes> {
  const { winner, value } = resolved;
  if (!resolved.isComposed && winner.hash !== undefined) {
    return { hash: winner.hash, fingerprint: winner.fingerprint };
  }
  if (resolved.isSensitive) return await secretHashesOf(resolved, context);
  if (value !== undefined) return { hash: plainHash("object", value), fingerprint: undefined };
  const parts = await partsOf(resolved, context);
  return { hash: sha256(canonicalize(parts.hashes)), fingerprint: undefined };
}

async function secretHashesOf(resolved: Existing, context: HashContext): Promise<SecretHashes> {
  const { keyring, tenant } = context;
  const parts = await partsOf(resolved, context);
  const [hash, fingerprint] = await Promise.all([
    keyring.valueHash(tenant, resolved.winner.itemId, parts.hashes),
    keyring.fingerprint(tenant, parts.fingerprints),
  ]);
  return { hash, fingerprint };
}

/** For each key that was looked at, what its contributing layers hold. */
async function partsOf(
  { trace, winner }: Existing,
  { source, chain }: HashContext,
): Promise<{ readonly hashes: Json; readonly fingerprints: Json }> {
  const own = await resolveKeys(source, chain, trace.dependencies, { references: "keep" });
  const parts = own.map(({ ref, trace: { layers } }) => {
    const items = layers.flatMap(({ state, item }) =>
      item !== undefined && (state === "winner" || state === "partial") ? [item] : [],
    );
    const hashes = items.map(({ hash }) => hash ?? null);
    const fingerprints = items.map(({ hash, fingerprint }) => fingerprint ?? hash ?? null);
    return { id: idOf(ref), hashes, fingerprints };
  });
  return {
    hashes: parts.map(({ id, hashes }) => [id, hashes]),
    // Without the key itself: equal compositions under two keys have one fingerprint.
    fingerprints: parts.map(({ id, fingerprints }) =>
      id === idOf(winner.ref) ? fingerprints : [id, fingerprints],
    ),
  };
}

/** Without any plaintext of a sensitive value: what leaves the reader unless it opens values. */
export function withoutSecrets<R extends Resolved>(resolved: R): R {
  const { layers } = resolved.trace;
  const isOpen = layers.some(({ item, value }) => item?.sensitive === true && value !== undefined);
  if (!isOpen && !(resolved.isSensitive && resolved.value !== undefined)) return resolved;
  return {
    ...resolved,
    value: resolved.isSensitive ? undefined : resolved.value,
    trace: {
      ...resolved.trace,
      layers: layers.map((layer) =>
        layer.item?.sensitive === true ? { ...layer, value: undefined } : layer,
      ),
    },
  };
}
