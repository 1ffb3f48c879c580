import type { ConfigManager } from "../config-manager.ts";

/** What `ConfigManager.events` tells. */
const EVENTS = [
  "audit_failed",
  "boot_from_last_known_good",
  "change",
  "degraded",
  "hold",
  "pending_restart",
  "reload_deferred",
  "reload_failed",
  "secret_rotated",
  "source_recovered",
  "source_stale",
  "watcher",
];

/** Called with each thing that comes out, and where. */
export type Record = (sink: string, value: unknown) => void;

/** Records all that a manager tells by itself, from now on. */
export function recordEvents<T>(manager: ConfigManager<T>, record: Record): void {
  for (const name of EVENTS) {
    manager.events.addEventListener(name, (event) => {
      record(`event ${name}`, event instanceof CustomEvent ? event.detail : event);
    });
  }
  manager.subscribe((notification) => record("notification", notification));
}

/** Records all that a manager shows when it is asked. */
export async function recordAnswers<T>(manager: ConfigManager<T>, record: Record): Promise<void> {
  record("current", manager.current());
  record("effective", manager.effective());
  record("snapshot", manager.snapshot());
  record("status", manager.status);
  record("metrics", manager.metrics());
  record("checksum", manager.checksum);
  for (const entry of manager.history.list()) {
    record("history", entry);
    const diff = manager.diff({ version: entry.version }, "current");
    record("diff", [diff, diff.toJsonPatch()]);
  }
  recordExplanations(manager, record);
  const plan = await manager.plan().catch((error: unknown) => error);
  record("plan", plan);
}

function recordExplanations<T>(manager: ConfigManager<T>, record: Record): void {
  for (const name of Object.keys(manager.current() as object)) {
    // a document is an object
    const explanation = manager.explain(name);
    record(`explanation of ${name}`, [explanation, explanation.format()]);
  }
}
