/** What one check of the doctor says. */
export interface DoctorFinding {
  /** `CHK-1` … `CHK-10`; the same check may speak more than once, as for each remote source. */
  readonly id: string;
  readonly result: "pass" | "warn" | "fail" | "not_applicable";
  /** One sentence; names files and sources, never a value. */
  readonly message: string;
  /** What to do about it; there where the result is `warn` or `fail`. */
  readonly fix?: string;
}
