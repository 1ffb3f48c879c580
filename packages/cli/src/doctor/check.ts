/** One line of the checklist. */
export interface Check {
  /** Stable: scripts look for it. */
  readonly id: string;
  readonly result: "ok" | "warn" | "FAIL";
  readonly detail: string;
  /** What mends it, in words; `null` where nothing has to be mended. */
  readonly fix: string | null;
}

export function ok(id: string, detail: string): Check {
  return { id, result: "ok", detail, fix: null };
}

export function warn(id: string, detail: string, fix: string): Check {
  return { id, result: "warn", detail, fix };
}

export function fail(id: string, detail: string, fix: string): Check {
  return { id, result: "FAIL", detail, fix };
}
