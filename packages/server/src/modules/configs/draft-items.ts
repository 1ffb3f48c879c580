import { formatPath, type ItemAbout, type ItemVersion, LlmcfgError } from "@llmcfg/core";
import type { Keyring } from "../keys/ports.ts";
import type { Operation, PutOperation, RemoveOperation } from "./change-set.ts";
import { checkPut } from "./check-put.ts";
import { type Draft, isLive } from "./draft.ts";
import { type Content, type Drafting, draftAbsent, draftLive } from "./draft-version.ts";
import { findTarget, type RestoreDeps, type Restored } from "./find-target.ts";
import { aboutOf, describedBy, type Predecessors, wasSensitive } from "./item-about.ts";
import type { ConfigStore, WaitOptions } from "./ports.ts";

export interface DraftDeps extends RestoreDeps {
  readonly store: Pick<ConfigStore, "findVersion" | "history">;
  readonly keyring: Pick<Keyring, "open" | "valueHash" | "fingerprint">;
}

/**
 * What an operation would write.
 *
 * @throws {LlmcfgError} `KEY_NOT_FOUND` where there is nothing to remove or to roll back;
 *   `VERSION_NOT_FOUND`
 */
export async function draftItem(
  deps: DraftDeps,
  drafting: Drafting<Operation>,
  options?: WaitOptions,
): Promise<Draft> {
  const { operation } = drafting;
  switch (operation.op) {
    case "put":
      return await draftPut(deps, { ...drafting, operation }, options);
    case "delete":
    case "mask":
      return draftRemoval({ ...drafting, operation });
    case "rollback": {
      const restored = await findTarget(deps, drafting.ground, operation, options);
      return await draftRestored(deps, drafting, restored, options);
    }
  }
}

async function draftPut(
  deps: DraftDeps,
  drafting: Drafting<PutOperation>,
  options?: WaitOptions,
): Promise<Draft> {
  const { operation, before } = drafting;
  const about = aboutOf(operation, before);
  const draft = await draftLive(
    deps,
    drafting,
    { op: "put", about, value: operation.value, restoredFrom: undefined },
    options,
  );
  const mayLeaveAlone = operation.mode === "replace" || operation.onlyIfChanged;
  return {
    ...draft,
    isUnchanged: mayLeaveAlone && isSame(before.own, draft.item),
    findings: checkPut(operation, about),
  };
}

function draftRemoval(drafting: Drafting<RemoveOperation>): Draft {
  const { operation, before } = drafting;
  requireSomethingToRemove(operation, before);
  const isUnchanged = operation.op === "mask" && before.own?.state === "masked";
  return { ...draftAbsent(drafting, operation.op, undefined), isUnchanged };
}

/** @throws {LlmcfgError} `KEY_NOT_FOUND`, saying what is inherited from where */
function requireSomethingToRemove({ op, ref }: RemoveOperation, before: Predecessors): void {
  const { own, effective } = before;
  const hasOwn = own !== undefined && own.state !== "deleted";
  if (hasOwn || (op === "mask" && effective !== undefined)) return;

  const path = formatPath(ref);
  const message =
    effective === undefined
      ? `${path} has no item of its own, and inherits none`
      : `${path} has no item of its own: it is inherited from ${effective.winner.ref.env} v${effective.winner.version}`;
  throw new LlmcfgError("KEY_NOT_FOUND", message, { suggestions: [] });
}

async function draftRestored(
  deps: DraftDeps,
  drafting: Drafting<Operation>,
  restored: Restored,
  options?: WaitOptions,
): Promise<Draft> {
  const { own } = drafting.before;
  if (restored.kind === "absent") {
    const draft = draftAbsent(drafting, "rollback", restored);
    return { ...draft, isUnchanged: own?.state === draft.item.state };
  }
  const { item, value } = restored;
  const about: ItemAbout = {
    ...describedBy(item),
    managedBy: own?.managedBy,
    sensitive: item.sensitive || wasSensitive(drafting.before), // what became a secret stays one
  };
  const content: Content = { op: "rollback", about, value, restoredFrom: item.version };
  const draft = await draftLive(deps, drafting, content, options);
  return { ...draft, isUnchanged: isSame(own, draft.item) };
}

/** Whether a live item already holds this value and description; message and author aside. */
function isSame(own: ItemVersion | undefined, item: ItemVersion): boolean {
  return (
    isLive(own) &&
    own.hash === item.hash &&
    own.type === item.type &&
    own.contentType === item.contentType &&
    own.sensitive === item.sensitive &&
    own.mergeMode === item.mergeMode &&
    own.description === item.description &&
    own.owner === item.owner &&
    own.environmentSpecific === item.environmentSpecific &&
    own.tags.length === item.tags.length &&
    own.tags.every((tag, i) => tag === item.tags[i])
  );
}
