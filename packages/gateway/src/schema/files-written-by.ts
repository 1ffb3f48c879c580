import type { DeepReadonly, WrittenFile } from "@llmcfg/config";
import type { GatewayConfig } from "./root.ts";

/** The files that a gateway appends to: its audit trail, its log. Paths that are secrets are not told. */
export function filesWrittenBy({
  observability: { audit, logging },
}: DeepReadonly<GatewayConfig>): readonly WrittenFile[] {
  const trail = audit?.enabled === true && audit.output.type === "file" ? [audit.output.path] : [];
  const logs = logging.outputs.flatMap((output) => (output.type === "file" ? [output.path] : []));
  return [
    ...trail.flatMap((path) =>
      typeof path === "string" ? [{ kind: "audit", path } as const] : [],
    ),
    ...logs.flatMap((path) => (typeof path === "string" ? [{ kind: "log", path } as const] : [])),
  ];
}
