/**
 * Groups of settings that are specified and not built: each member has its name, so that nobody who
 * gives one believes that it has an effect.
 *
 * @module
 */

import * as z from "zod";
import { unbuilt } from "./unbuilt.ts";

const NO_GRPC = "there is REST alone; leave it out";
const NO_TLS = "the server listens on loopback; let a proxy on this machine speak TLS";
const NO_SIGN_IN = "tokens made by llmcfg token create are the only credentials; leave it out";
const NO_POLICY = "the built-in roles decide; leave it out";

export const RESERVED_GROUPS = {
  grpc: z.strictObject({ addr: unbuilt(NO_GRPC), reflection: unbuilt(NO_GRPC) }).prefault({}),
  tls: z
    .strictObject({
      cert: unbuilt(NO_TLS),
      key: unbuilt(NO_TLS),
      clientCa: unbuilt(NO_TLS),
      clientAuth: unbuilt(NO_TLS),
    })
    .prefault({}),
  redis: z
    .strictObject({ url: unbuilt("one process serves alone, without Redis; leave it out") })
    .prefault({}),
  auth: z
    .strictObject({
      jwt: unbuilt(NO_SIGN_IN),
      oidc: unbuilt(NO_SIGN_IN),
      apiKeys: unbuilt(NO_SIGN_IN),
      mtls: unbuilt(NO_SIGN_IN),
    })
    .prefault({}),
  policy: z
    .strictObject({
      external: z.strictObject({ addr: unbuilt(NO_POLICY) }).prefault({}),
      mode: unbuilt(NO_POLICY),
      cacheTtl: unbuilt(NO_POLICY),
      failure: unbuilt(NO_POLICY),
    })
    .prefault({}),
  rateLimit: unbuilt("requests are not counted; leave it out"),
  otel: unbuilt("metrics are at /metrics, logs on stderr; leave it out"),
};
