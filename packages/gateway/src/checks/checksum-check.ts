import type { CrossCheck } from "@llmcfg/config";
import { defineCheck } from "./define-check.ts";

/** Whether layers are what their own `metadata.checksum` says. */
export const CHECKSUM_CHECKS: readonly CrossCheck[] = [
  defineCheck("checksum_mismatch", [], function* (root, { layers }) {
    for (const layer of layers) {
      const said = layer.at("metadata", "checksum");
      if (typeof said !== "string" || said === layer.checksum) continue;
      yield {
        at: [root.at("metadata", "checksum")],
        source: layer.source,
        message: `what ${layer.source} says has another checksum: ${layer.checksum}`,
        hint: "it was changed after its checksum was written: look at it, then write the new one",
      };
    }
  }),
];
