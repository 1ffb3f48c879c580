import { LiveAudit, type LiveAuditOptions } from "../audit/live-audit.ts";
import type { Participants } from "../reload/participants.ts";
import type { Announcements } from "./announcements.ts";

export interface ConnectAuditOptions<T> extends LiveAuditOptions<T> {
  readonly participants: Participants<T>;
  readonly announcements: Announcements;
  /** Whether anything is recorded at all. */
  readonly isWanted: boolean;
}

/** Lets the audit trail hear of what happens, and the manager of what becomes of the trail. */
export function connectAudit<T>(options: ConnectAuditOptions<T>): LiveAudit<T> {
  const { audit, participants, announcements, isWanted } = options;
  const note = () => {
    announcements.health.note("audit", audit.trouble === undefined ? [] : [audit.trouble]);
    announcements.checkHealth();
  };
  const live = new LiveAudit(options);
  audit.observe({
    failed: (error) => {
      announcements.emit("audit_failed", { error });
      note();
    },
    recovered: note,
  });
  if (audit.participant !== undefined) participants.add(audit.participant);
  if (isWanted) live.listenToSecrets();
  note();
  return live;
}
