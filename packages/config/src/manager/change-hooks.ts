import type { ManagerAudit } from "../audit/manager-audit.ts";
import { toNotification } from "../notify/to-notification.ts";
import type { AppliedChange, ReloadHooks } from "../reload/command.ts";
import type { Reloader } from "../reload/reloader.ts";
import type { Announcements } from "./announcements.ts";
import type { Listeners } from "./listeners.ts";
import type { Served } from "./served.ts";

export interface ChangeHooksOptions<T> {
  readonly served: Served<T>;
  readonly audit: ManagerAudit<T>;
  readonly listeners: Listeners<T>;
  readonly announcements: Announcements;
  /** The one that is told what to call here. */
  readonly reloader: () => Pick<Reloader<T>, "current" | "holds">;
}

/** What a manager does in the stages of a change. */
export function changeHooks<T>(options: ChangeHooksOptions<T>): ReloadHooks<T> {
  const { served, audit } = options;
  return {
    swap: (version) => served.swap(version),
    recordBefore: (change) => audit.beforeSwap(change),
    recordApplied: (change) => audit.applied(change),
    applied: (change) => announce(change, options),
  };
}

function announce<T>(change: AppliedChange<T>, options: ChangeHooksOptions<T>): void {
  const { listeners, announcements } = options;
  const notification = toNotification(change);
  listeners.notify(notification);
  announcements.emit("change", notification);
  const { current, holds } = options.reloader();
  const { pending } = current.effective;
  if (notification.restartRequired && pending.length > 0) {
    announcements.emit("pending_restart", { pending });
  }
  if (change.trigger === "rollback" && holds.length > 0) announcements.emitHolds(holds);
}
