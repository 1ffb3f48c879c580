import type { Draft } from "./draft.ts";

/** A rule that a draft breaks somewhere. */
export interface Fault {
  readonly draft: Draft;
  readonly code: "DANGLING_REFERENCE" | "REFERENCE_CYCLE" | "RULE_VIOLATION";
  /** Of `RULE_VIOLATION` which rule: `KEY_IS_FOLDER`. */
  readonly rule?: string;
  /** Where in the value; `undefined` where it is about the item. */
  readonly pointer: string | undefined;
  readonly detail: string;
  readonly expected?: string;
}
