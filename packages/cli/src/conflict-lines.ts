/** A refusal with what the user needs to see of the conflict: base, theirs and ours. */
export class ConflictLines extends Error {
  override readonly name = "ConflictLines";
  readonly error: unknown;
  readonly lines: readonly string[];

  constructor(error: unknown, lines: readonly string[]) {
    super("a conflict", { cause: error });
    this.error = error;
    this.lines = lines;
  }
}
