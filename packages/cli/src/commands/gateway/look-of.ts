import type { Invocation } from "../../command.ts";
import { styleOf } from "../../output/style.ts";

/** How a result on stdout is to look. */
export interface Look {
  readonly color: boolean;
  /** Columns; absent for a pipe, where nothing is cut. */
  readonly width?: number;
}

/** As the terminal, the flags and the variables say. */
export function lookOf({ flags, io }: Invocation): Look {
  const color = styleOf(flags, io.env, io.isTerminal)("red", "x") !== "x";
  return io.columns === undefined ? { color } : { color, width: io.columns };
}
