import type { TreeContext } from "../../merge/tree.ts";
import { type Fault, type FaultPlace, schemaFault } from "../../validate/fault.ts";
import type { Position } from "../located.ts";
import type { Assignment } from "./assignment.ts";

export const ENVIRONMENT_SOURCE = "environment";

/** Tells what is wrong with variables. */
export class EnvironmentFaults {
  readonly #report: TreeContext["report"];

  constructor(report: TreeContext["report"]) {
    this.#report = report;
  }

  of(variable: string, code: string, message: string): void {
    this.#report(schemaFault({ code, segments: [], message, place: placeOfVariable(variable) }));
  }

  warn(variable: string, code: string, message: string, hint?: string): void {
    const place = placeOfVariable(variable);
    const severity = "warning";
    this.#report(schemaFault({ severity, code, segments: [], message, hint, place }));
  }

  /** @returns whether it is text: what is not UTF-8 is a fault */
  isText(variable: string, text: string): boolean {
    const isText = !text.includes("\ufffd");
    if (!isText) this.of(variable, "env_not_utf8", "the value is not UTF-8");
    return isText;
  }

  ambiguous(known: Assignment, other: Assignment): void {
    const message = `${known.variable} and ${other.variable} name one path with different values`;
    this.#report(
      schemaFault({
        code: "env_ambiguous",
        segments: other.context.segments,
        message,
        place: other.value,
        related: [{ segments: known.context.segments, place: known.value }],
      }),
    );
  }

  /** `inner` names a place in one that has a single value. */
  conflict({ variable, context, value }: Assignment, inner: string): void {
    const message = `${variable} and ${inner} contradict each other`;
    const { segments } = context;
    const place = placeOfVariable(inner);
    const related = [{ segments, place: value }];
    const hint = "unset one of them";
    this.#report(schemaFault({ code: "env_conflict", segments, message, hint, place, related }));
  }
}

export function placeOf(at: Position): FaultPlace {
  return { at, source: ENVIRONMENT_SOURCE };
}

function placeOfVariable(variable: string): FaultPlace {
  return placeOf({ kind: "env", variable });
}

/** A variable over another one that holds no object or list. */
export function asConflict(fault: Fault, variable: string): Fault {
  if (fault.code !== "merge_type_conflict") return fault;
  const [below] = fault.related ?? [];
  const at = below?.place?.at;
  const other = at?.kind === "env" ? at.variable : "another variable";
  const message = `${other} and ${variable} contradict each other`;
  return { ...fault, code: "env_conflict", message, hint: "unset one of them" };
}
