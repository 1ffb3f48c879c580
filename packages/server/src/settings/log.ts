import { annotate } from "@llmcfg/config";
import * as z from "zod";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export const LOG_FORMATS = ["json", "pretty"] as const;

export const LogGroup = z.strictObject({
  level: annotate(z.enum(LOG_LEVELS).default("info"), {
    description: "the least that is logged, on stderr (`--log-level`)",
  }),
  format: annotate(z.enum(LOG_FORMATS).optional(), {
    description:
      "one JSON object a line, or lines for people (`--log-format`); else `pretty` on a terminal, `json` elsewhere",
  }),
});
