/**
 * What the rules have against a change, beside the rights of its author.
 *
 * @module
 */

import { type Finding, formatPath, LlmcfgError } from "@llmcfg/core";
import type { Access } from "../policy/ports.ts";
import { type ChangeSet, pointerOf } from "./change-set.ts";
import type { Draft, Ground } from "./draft.ts";
import type { Fault } from "./fault.ts";
import type { Reach } from "./find-reach.ts";
import { findFolderConflicts } from "./folder-conflicts.ts";
import { mayList } from "./item-rights.ts";
import { findHiddenTargets, findReferenceFaults } from "./reference-faults.ts";

/**
 * Lets a change pass that keeps all rules wherever it is seen.
 *
 * @throws {LlmcfgError} `RULE_VIOLATION`, `DANGLING_REFERENCE`, `REFERENCE_CYCLE` with every
 *   finding; `DEPENDENTS_EXIST` where others refer to what would be gone
 */
export async function requireValid(
  changeSet: ChangeSet,
  ground: Ground,
  drafts: readonly Draft[],
  reach: Reach,
): Promise<void> {
  const changing = drafts.filter(({ isUnchanged }) => !isUnchanged);
  const { faults, dependents } = findReferenceFaults(reach);
  const all: readonly Fault[] = [
    ...changing.flatMap(valueFaults),
    ...(await findFolderConflicts(ground, reach)),
    ...faults,
    ...(await findHiddenTargets(changeSet.caller.access, ground, changing, reach)),
  ];
  if (all.length > 0) throw refusal(changeSet, all);
  if (dependents.length > 0) throw dependentsExist(changeSet.caller.access, dependents);
}

function valueFaults(draft: Draft): readonly Fault[] {
  return draft.findings.map(({ code, pointer, detail, expected }) => ({
    draft,
    code: "RULE_VIOLATION",
    rule: code,
    pointer,
    detail,
    ...(expected === undefined ? {} : { expected }),
  }));
}

/** The reason is that of the first finding. */
function refusal(changeSet: ChangeSet, faults: readonly Fault[]): LlmcfgError {
  const [first] = faults;
  if (first === undefined) throw new TypeError("there is nothing to refuse for");
  const errors = faults.map((fault) => toFinding(changeSet, fault));
  const message = `${formatPath(first.draft.operation.ref)}: ${first.detail}`;
  return new LlmcfgError(first.code, message, { errors });
}

function toFinding(changeSet: ChangeSet, fault: Fault): Finding {
  const { draft, code, rule, pointer, detail, expected } = fault;
  return {
    pointer: pointerOf(changeSet, draft.index, pointer),
    code: rule ?? code,
    detail,
    ...(expected === undefined ? {} : { expected }),
  };
}

/** Those that the caller may not list are not named. */
function dependentsExist(
  access: Access,
  broken: ReturnType<typeof findReferenceFaults>["dependents"],
): LlmcfgError {
  const [{ draft } = { draft: undefined }] = broken;
  if (draft === undefined) throw new TypeError("there is nothing to refuse for");
  const dependents = broken
    .filter(({ ref }) => mayList(access, ref))
    .map(({ ref }) => formatPath(ref));
  const [named] = dependents;
  const by = named === undefined ? "another key" : named;
  const more = broken.length > 1 ? ` and ${broken.length - 1} more` : "";
  const message = `${formatPath(draft.operation.ref)} is referred to by ${by}${more}`;
  return new LlmcfgError("DEPENDENTS_EXIST", message, { dependents });
}
