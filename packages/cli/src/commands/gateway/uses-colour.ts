import type { Invocation } from "../../command.ts";
import { styleOf } from "../../output/style.ts";

/** Whether the result on stdout is coloured. */
export function usesColour({ flags, io }: Invocation): boolean {
  return styleOf(flags, io.env, io.isTerminal)("red", "x") !== "x";
}
