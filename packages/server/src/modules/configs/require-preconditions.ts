import { type CurrentState, type Finding, formatPath, LlmcfgError } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import { type ChangeSet, hasPrecondition, type Precondition, pointerOf } from "./change-set.ts";
import { type Draft, type Ground, isLive } from "./draft.ts";
import { etagCore, isTagOf, satisfiesIfMatch } from "./etag.ts";
import type { Reach } from "./find-reach.ts";
import type { Effective } from "./ports.ts";

/**
 * Lets a change set pass whose operations are based on what is there.
 *
 * @throws {LlmcfgError} `PRECONDITION_REQUIRED`; `ETAG_MISMATCH` with the state that the first stale
 *   operation meets, and a finding for each one where they are several
 */
export async function requirePreconditions(
  keyring: Pick<Keyring, "authenticate">,
  changeSet: ChangeSet,
  ground: Ground,
  drafts: readonly Draft[],
  reach: Reach,
): Promise<void> {
  for (const draft of drafts) requireGuard(ground, draft);

  const stale: Stale[] = [];
  for (const draft of drafts) {
    const { expected, ref } = draft.operation;
    if (!hasPrecondition(expected)) continue;
    const effective = reach.own.get(formatPath(ref))?.before;
    const core = effective && (await etagCore(keyring, ground.tenant, effective));
    const fault = faultOf(expected, draft, core);
    if (fault !== undefined) stale.push({ draft, effective, core, fault });
  }
  const [first] = stale;
  if (first !== undefined) throw mismatch(changeSet, first, stale);
}

/** An operation whose precondition does not hold. */
interface Stale {
  readonly draft: Draft;
  readonly effective: Effective | undefined;
  readonly core: string | undefined;
  /** What about it: goes on from the path. */
  readonly fault: string;
}

/** In a protected environment a live own item is replaced or removed only by who has read it. */
function requireGuard({ graph }: Ground, { operation, own }: Draft): void {
  const { op, ref, expected } = operation;
  const replaces =
    op === "delete" || op === "mask" || (op === "put" && operation.mode === "replace");
  const isProtected = graph.find(ref.env)?.protected === true;
  if (!replaces || !isProtected || !isLive(own) || hasPrecondition(expected)) return;
  const message = `${formatPath(ref)} is in a protected environment: say which version it is based on`;
  throw new LlmcfgError("PRECONDITION_REQUIRED", message, {});
}

function faultOf(
  { ifMatch, ifNoneMatch, ifVersion, tombstonesExist }: Precondition,
  { own }: Draft,
  core: string | undefined,
): string | undefined {
  const version = isLive(own) ? own.version : 0;
  if (ifVersion !== undefined && ifVersion !== version) {
    return `is at v${version}, your precondition was for v${ifVersion}`;
  }
  if (ifMatch !== undefined && !satisfiesIfMatch(ifMatch, core)) {
    return core === undefined ? "does not exist" : "is not what you read";
  }
  if (ifNoneMatch === "*") {
    if (version > 0) return `exists already at v${version}`;
    const isTombstone = own?.state === "deleted" && tombstonesExist;
    return isTombstone ? `existed already and was deleted in v${own.version}` : undefined;
  }
  const isHere = core !== undefined && ifNoneMatch?.some(({ opaque }) => isTagOf(opaque, core));
  return isHere === true ? "is still what you read" : undefined;
}

function mismatch(changeSet: ChangeSet, first: Stale, stale: readonly Stale[]): LlmcfgError {
  const describe = ({ draft, fault }: Stale) => `${formatPath(draft.operation.ref)} ${fault}`;
  const errors: readonly Finding[] = stale.map((one) => ({
    pointer: pointerOf(changeSet, one.draft.index),
    code: "ETAG_MISMATCH",
    detail: describe(one),
  }));
  return new LlmcfgError("ETAG_MISMATCH", describe(first), {
    errors: changeSet.isBatch ? errors : [],
    current: currentOf(first),
  });
}

function currentOf({ draft, effective, core }: Stale): CurrentState {
  const { own, operation } = draft;
  const effectiveVersion = effective?.newest.version ?? 0;
  const ownVersion = isLive(own) ? own.version : 0;
  return {
    etag: core === undefined ? null : `"${core}.j"`,
    version: operation.expected.ifVersion === undefined ? effectiveVersion : ownVersion,
    layer: effective?.winner.ref.env ?? null,
    revision: effective?.newest.revision ?? own?.revision ?? 0,
  };
}
