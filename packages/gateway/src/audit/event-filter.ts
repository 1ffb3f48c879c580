import { AUDIT_EVENT_TYPES, type AuditEventPattern } from "../schema/audit.ts";

/** On as long as there is an audit trail, whatever is asked for (AUD-10). */
function isMandatory(event: string): boolean {
  return event.startsWith("config_") || event === "secret_resolution_failed";
}

/** Which events are recorded: those named, those of a shorthand such as `auth.*`, and the mandatory. */
export function eventFilter(events: readonly AuditEventPattern[]): (event: string) => boolean {
  const asked: ReadonlySet<string> = new Set(
    AUDIT_EVENT_TYPES.filter((type) => events.some((pattern) => covers(pattern, type))),
  );
  return (event) => isMandatory(event) || asked.has(event);
}

function covers(pattern: AuditEventPattern, type: string): boolean {
  return pattern.endsWith(".*") ? type.startsWith(`${pattern.slice(0, -2)}_`) : pattern === type;
}
