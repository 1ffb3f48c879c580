/** What asked for a reload. */
export type Trigger =
  | "boot"
  | "file"
  | "poll"
  | "signal"
  | "api"
  | "cli"
  | "remote"
  | "kubernetes"
  | "rollback"
  | "set"
  | "retry";

/** Where a reload is, and where it failed; in this order. */
export type Stage =
  | "admit"
  | "read"
  | "compare"
  | "parse"
  | "merge"
  | "structure"
  | "cross_field"
  | "references"
  | "rules"
  | "diff"
  | "prepare"
  | "audit"
  | "swap"
  | "commit"
  | "notify"
  | "finish";
