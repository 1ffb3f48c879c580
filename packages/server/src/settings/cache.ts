import { annotate, field } from "@llmcfg/config";
import * as z from "zod";
import { unbuilt } from "./unbuilt.ts";

export const CacheGroup = z.strictObject({
  l1MaxBytes: annotate(field.size({ min: 1_000_000, max: 64_000_000_000 }).prefault("100MB"), {
    description:
      "memory for answers that are kept ready to be sent; those not used longest go first",
  }),
  l1Ttl: annotate(field.duration({ min: "1s", max: "1d" }).prefault("5m"), {
    description: "how long such an answer is kept at most; a change ends it at once",
  }),
  l2Ttl: unbuilt("nothing is cached in Redis; leave it out"),
  l3Dir: unbuilt("nothing is cached on disk; leave it out"),
  l3MaxBytes: unbuilt("nothing is cached on disk; leave it out"),
});
