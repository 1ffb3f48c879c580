import { annotate } from "@llmcfg/config";
import * as z from "zod";
import { ListenAddress } from "./listen-address.ts";

export interface MetricsSettings {
  /** A listener of their own; else they are at `/metrics` of the API. */
  readonly addr: ListenAddress | undefined;
  /** `token` asks for a credential with the permission `system:read`. */
  readonly auth: "none" | "token";
}

export const MetricsGroup = z.strictObject({
  addr: annotate(ListenAddress.optional(), {
    description:
      "serves `/metrics` there and no longer beside the API; `HOST:PORT` on loopback; else beside the API",
  }),
  auth: annotate(z.enum(["none", "token"]).default("none"), {
    description: "`token` asks for a token with the permission `system:read`; `none` asks for none",
  }),
});
