import * as z from "zod";

/**
 * A setting that is specified and not built: whatever it is given is refused, never ignored.
 *
 * @param instead what is possible, or how things are without it: half a sentence
 */
export function unbuilt(instead: string): z.ZodOptional<z.ZodUnknown> {
  return z
    .unknown()
    .superRefine((_value, context) => refuseUnbuilt(context, instead))
    .optional()
    .meta({ description: instead, "x-unbuilt": true });
}

/** The same for one value of a setting that has others. */
export function refuseUnbuilt(
  context: Pick<z.core.$RefinementCtx, "addIssue">,
  instead: string,
  what = "this setting",
): void {
  const message = `${what} is specified and not built yet`;
  context.addIssue({ code: "custom", message, params: { code: "not_built", hint: instead } });
}
