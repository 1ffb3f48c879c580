/** A file that the process writes by itself. */
export interface WrittenFile {
  readonly kind: "audit" | "log" | "state";
  readonly path: string;
}
