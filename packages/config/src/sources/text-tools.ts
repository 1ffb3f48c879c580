import type { Limits } from "../formats/limits.ts";
import type { TextParser } from "../formats/text-parser.ts";

/** What sources parse their texts with. */
export interface TextTools {
  /** Of the loader: all its sources share one thread. */
  readonly parser: TextParser;
  readonly limits?: Partial<Limits> | undefined;
}
