import { LlmcfgError } from "./errors.ts";

/**
 * The error for a text that does not parse: one finding, at the text itself.
 *
 * @param detail one sentence that does not quote the text, which may be a secret
 */
export function invalidArgument(
  detail: string,
  options: { readonly expected: string; readonly cause?: unknown },
): LlmcfgError<"INVALID_ARGUMENT"> {
  const { expected, ...rest } = options;
  const finding = { pointer: "", code: "INVALID_ARGUMENT", detail, expected };
  return new LlmcfgError("INVALID_ARGUMENT", detail, { errors: [finding] }, rest);
}
