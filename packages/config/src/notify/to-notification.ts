import { diffConfigs } from "../diff/diff-configs.ts";
import type { AppliedChange } from "../reload/command.ts";
import type { Trigger } from "../reload/trigger.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import type { ConfigNotification, Snapshot } from "./notification.ts";

/** What subscribers hear of a swap. */
export function toNotification<T>(change: AppliedChange<T>): ConfigNotification<T> {
  const { from, to, diff, trigger, actor } = change;
  const restartRequired = diff.requiresRestart();
  return {
    timestamp: to.acceptedAt,
    changeType: changeTypeOf(trigger, restartRequired),
    diff,
    restartRequired,
    from,
    to,
    trigger,
    skipped: 0,
    ...(actor === undefined ? {} : { actor }),
  };
}

export function changeTypeOf(
  trigger: Trigger,
  restartRequired: boolean,
): ConfigNotification<unknown>["changeType"] {
  if (trigger === "rollback") return "rollback";
  return restartRequired ? "restart_required" : "hot_reload";
}

/** What a subscriber hears first that asks for the current state: from it to itself, no change. */
export function toReplay<T>(
  current: Snapshot<T>,
  trigger: Trigger,
  schema: DefinedSchema<T>,
): ConfigNotification<T> {
  const diff = diffConfigs(current.config, current.config, schema);
  return toNotification({ from: current, to: current, diff, trigger, actor: undefined });
}
