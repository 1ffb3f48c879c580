import { parsePath, type Revision } from "@llmcfg/core";
import type { Access, Caller } from "../policy/ports.ts";
import { type ChangeSet, NO_PRECONDITION } from "./change-set.ts";
import { type CommitDeps, commitChangeSet } from "./commit-change-set.ts";
import { createDemoData } from "./demo-data.ts";
import type { WaitOptions } from "./ports.ts";

/** The revision of a tenant that was made and not written to. */
const EMPTY: Revision = 1;

/**
 * Writes the demo data in one commit where the tenant is empty; one that was written to is left
 * alone.
 *
 * @returns the revision that the tenant is at then
 */
export async function writeDemoData(
  deps: CommitDeps,
  tenant: string,
  options: WaitOptions = {},
): Promise<Revision> {
  const head = await deps.store.headRevision(tenant, options);
  if (head !== EMPTY) return head;
  const changeSet: ChangeSet = {
    caller: systemCaller(tenant),
    via: "system",
    message: "demo data",
    isConfirmed: true,
    isBatch: true,
    operations: createDemoData().map(([path, value]) => ({
      op: "put",
      ref: parsePath(path),
      expected: NO_PRECONDITION,
      mode: "append",
      onlyIfChanged: false,
      value,
      about: {},
    })),
  };
  const { revision } = await commitChangeSet(deps, changeSet, options);
  return revision;
}

/** The server itself, before anybody else could have asked for anything. */
function systemCaller(tenant: string): Caller {
  const access: Access = {
    key: "system",
    decide: () => ({ allowed: true, because: "system" }),
    mayHoldBelow: () => true,
  };
  return {
    tenant,
    actor: {
      principal: "system:dev",
      via: "system",
      credential: undefined,
      requestId: undefined,
      traceId: undefined,
    },
    access,
    expiresAtMs: undefined,
  };
}
