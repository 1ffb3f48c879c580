import type { SourceState } from "../load/source-state.ts";
import type { Logger } from "../logger.ts";
import { bootFrom, type FailedBoot, type FallenBack } from "../reload/boot.ts";
import type { RuleTools } from "../reload/check-rules.ts";
import type { Command } from "../reload/command.ts";
import { refusalOfError } from "../reload/refusal.ts";
import type { DurableState } from "./durable-state.ts";
import { type LastKnownGood, statesOf } from "./last-known-good.ts";

export interface BootFromStoredOptions<T> {
  readonly state: DurableState<T>;
  readonly tools: RuleTools<T>;
  readonly command: Command;
  readonly logger: Logger;
}

/**
 * Version 1 as it was accepted by an earlier process, checked again by today's schema and rules, its
 * references resolved anew. Overrides are those of the code as it is.
 *
 * @returns why not where none is stored, or what is stored must not be used; the log says so too
 */
export async function bootFromStored<T>(
  { sources, delivered }: FailedBoot,
  { state, tools, command, logger }: BootFromStoredOptions<T>,
): Promise<FallenBack<T>> {
  const refuse = (because: string) => {
    const refused = `no last known good configuration: ${because}`;
    logger.error({ stateDir: state.dir.path }, refused);
    return { refused };
  };
  const read = await state.readLastKnownGood();
  if (read.state === "absent") return refuse(`${state.dir.path} has none`);
  if (read.state === "refused") return refuse(read.reason);
  const { content: good } = read;
  const found = statesOf(good, sources);
  if ("gone" in found) {
    return refuse(`it was made of ${found.gone.join(", ")}, which the loader does not have`);
  }
  try {
    const states = found.states.map((stored) => withCondition(stored, delivered, tools));
    const first = await bootFrom(states, tools, command);
    const runsOn = describe(good);
    logger.warn({ stateDir: state.dir.path, omitted: good.omitted }, `starting from ${runsOn}`);
    return { first, runsOn };
  } catch (error) {
    command.signal.throwIfAborted();
    const { reason, path } = refusalOfError(error);
    const place = path === undefined || path === "" ? "" : ` (${path})`;
    return refuse(
      `that of version ${good.version} is not valid now: ${reason}${place}${lacking(good)}`,
    );
  }
}

/** How the source does today; overrides as the code gives them. */
function withCondition<T>(
  stored: SourceState,
  delivered: readonly SourceState[],
  { core }: RuleTools<T>,
): SourceState {
  if (stored.ranked.supply.type === "overrides")
    return { ...stored, content: core.initialOverrides(), condition: "ok" };
  const now = delivered.find(({ ranked }) => ranked.id === stored.ranked.id);
  return { ...stored, condition: now?.condition ?? "unreadable" };
}

function describe(good: LastKnownGood): string {
  const { version, label, acceptedAt } = good;
  const name = label === undefined ? "" : ` (${label})`;
  const what = `the last known good configuration, version ${version}${name} of ${acceptedAt}`;
  return `${what}${lacking(good)}`;
}

function lacking({ omitted }: LastKnownGood): string {
  if (omitted.length === 0) return "";
  return `; without the literal secrets at ${omitted.join(", ")}, which were not stored`;
}
