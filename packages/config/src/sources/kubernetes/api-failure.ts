/**
 * Answers of an API server that are none to the question.
 *
 * @module
 */

/** `denied`: no right to it. `expired`: the version to go on from is too old (410). */
export type ApiFailureReason = "denied" | "expired" | "unavailable";

/** An answer that is none to the question. Its message quotes no body. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly reason: ApiFailureReason;

  constructor(reason: ApiFailureReason, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.reason = reason;
  }
}

/** What a status stands for; `because` is the reason of the API, such as `Forbidden`. */
export function failureOf(status: number, because: string | undefined): ApiFailure {
  const text = `the API server answered ${status}${because === undefined ? "" : ` ${because}`}`;
  if (status === 401 || status === 403) return new ApiFailure("denied", text);
  return new ApiFailure(status === 410 ? "expired" : "unavailable", text);
}

/** The reason in a `Status`, which is one word: its message may quote anything. */
export function reasonOf(status: unknown): string | undefined {
  const { kind, reason } = (status ?? {}) as { readonly kind?: unknown; readonly reason?: unknown }; // any value has members
  if (kind !== "Status" || typeof reason !== "string") return undefined;
  return /^[A-Za-z]{1,50}$/.test(reason) ? reason : undefined;
}
