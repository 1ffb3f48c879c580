import { isLlmcfgError, KINDS } from "@llmcfg/core";
import type { ChangeSet } from "./change-set.ts";
import {
  type CommitDeps,
  type CommitOptions,
  commitAs,
  type WriteOutcome,
} from "./commit-change-set.ts";
import { type Once, toStored } from "./once.ts";

/**
 * As {@link commitChangeSet}, at most once: a repetition of the request has the first one's answer,
 * which is kept in the transaction of the commit.
 *
 * Refusals that follow the check of the caller's rights are kept too; outages are not, they may be
 * over when the request is repeated.
 *
 * @throws {LlmcfgError} as there, and `IDEMPOTENCY_IN_PROGRESS`, `IDEMPOTENCY_KEY_REUSED`
 */
export async function commitOnce(
  deps: CommitDeps,
  changeSet: ChangeSet,
  once: Once,
  options: CommitOptions = {},
): Promise<WriteOutcome> {
  const { tenant, actor } = changeSet.caller;
  const key = { principal: actor.principal, key: once.key };
  return await deps.running.run(tenant, key, async () => {
    let isAuthorized = false;
    const onAuthorized = () => {
      isAuthorized = true;
    };
    try {
      return await commitAs(deps, { changeSet, options, once, onAuthorized });
    } catch (error) {
      if (isAuthorized && isLlmcfgError(error) && KINDS[error.kind].httpStatus < 500) {
        const answer = toStored(once, once.refusalFor(error), deps.clock);
        await deps.store.saveAnswer(tenant, key, answer);
      }
      throw error;
    }
  });
}
