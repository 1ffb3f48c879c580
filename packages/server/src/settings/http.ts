import { annotate } from "@llmcfg/config";
import * as z from "zod";
import { ListenAddress } from "./listen-address.ts";
import { unbuilt } from "./unbuilt.ts";

/** How the outside reaches the server; without a slash at its end, since paths are added to it. */
export const PublicUrl: z.ZodType<string, string> = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === "" && url.password === "" && url.search + url.hash === "";
  if (isPlain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, "");

  const message = "expected an http or https URL without credentials, query and fragment";
  const hint = "write for example https://config.example.com";
  context.addIssue({ code: "custom", message, params: { code: "invalid_url", hint } });
  return z.NEVER;
});

export const HttpSettings = z.strictObject({
  addr: annotate(ListenAddress.prefault("127.0.0.1:7420"), {
    description:
      "where the API listens: `HOST:PORT` on loopback; port 0 takes a free one (`--port` gives another port)",
  }),
  publicUrl: annotate(PublicUrl.optional(), {
    description:
      "how the outside reaches the API: begins the links in answers and errors (`--public-url`); else where it listens",
  }),
  corsOrigins: unbuilt("browsers let no page of another origin read answers; leave it out"),
});
