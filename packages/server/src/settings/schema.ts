import {
  annotate,
  type ConfigSchema,
  type DeepReadonly,
  defineSchema,
  type Json,
} from "@llmcfg/config";
import * as z from "zod";
import { AuditGroup } from "./audit.ts";
import { CacheGroup } from "./cache.ts";
import { HttpSettings } from "./http.ts";
import { KekGroup } from "./kek.ts";
import { LogGroup } from "./log.ts";
import { MetricsGroup } from "./metrics.ts";
import { RegionGroup } from "./region.ts";
import { RESERVED_GROUPS } from "./reserved.ts";
import { StoreGroup } from "./store.ts";

const Document = z.strictObject({
  schemaVersion: annotate(z.literal(1), {
    description: "the form of this file; has to be there in every one",
  }),
  http: HttpSettings.prefault({}),
  metrics: MetricsGroup.prefault({}),
  store: StoreGroup.prefault({}),
  kek: KekGroup.prefault({}),
  cache: CacheGroup.prefault({}),
  audit: AuditGroup.prefault({}),
  region: RegionGroup.prefault({}),
  log: LogGroup.prefault({}),
  ...RESERVED_GROUPS,
});

export type SettingsDocument = z.output<typeof Document>;

/** As the library hands it out: nobody changes it. */
export type LoadedDocument = DeepReadonly<SettingsDocument>;

/** The settings of a server: what `llmcfg.yaml` and variables that begin with `LLMCFG_` may say. */
export const SETTINGS_SCHEMA: ConfigSchema<SettingsDocument> = defineSchema({
  name: "llmcfg",
  envPrefix: "LLMCFG_",
  root: Document,
  crossChecks: [
    {
      code: "address_taken",
      needs: ["http.addr", "metrics.addr"],
      check: (document, report) => {
        if (!isOneAddress(document)) return;
        const message = "metrics.addr is the address of the API itself";
        const hint = "leave it out to have /metrics beside the API, or name another port";
        report({ paths: ["metrics.addr", "http.addr"], message, hint });
      },
    },
  ],
});

const Bound = z.object({ host: z.string(), port: z.int().min(1) });
const BothBound = z.object({
  http: z.object({ addr: Bound }),
  metrics: z.object({ addr: Bound }),
});

/** Whether API and metrics ask for the same port; two that take a free one do not. */
function isOneAddress(document: Json): boolean {
  const { data } = BothBound.safeParse(document);
  if (data === undefined) return false;
  const { http, metrics } = data;
  return http.addr.host === metrics.addr.host && http.addr.port === metrics.addr.port;
}
