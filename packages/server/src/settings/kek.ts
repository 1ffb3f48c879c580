import { annotate } from "@llmcfg/config";
import * as z from "zod";
import { refuseUnbuilt, unbuilt } from "./unbuilt.ts";

/** Where the root key lies; without a file it is `root.key` beside the store. */
export interface KekSettings {
  readonly file: string | undefined;
}

const POSSIBLE = "use local: or local:FILE";

const KekUri: z.ZodType<KekSettings, string> = z.string().transform((uri, context) => {
  const [, scheme = "", rest = ""] = /^([a-z]+):(.*)$/s.exec(uri) ?? [];
  const isFile = !rest.startsWith("//") && !rest.includes("\0");
  if (scheme === "local" && isFile) return { file: rest === "" ? undefined : rest };

  if (SERVICES.has(scheme)) refuseUnbuilt(context, POSSIBLE, `a key service at ${scheme}:`);
  else context.addIssue({ code: "custom", message: "expected a root key", params: NO_KEY });
  return z.NEVER;
});

const SERVICES: ReadonlySet<string> = new Set(["vault", "awskms", "gcpkms", "azurekv"]);

const NO_KEY = { code: "invalid_kek", hint: POSSIBLE };

export const KekGroup = z.strictObject({
  uri: annotate(KekUri.prefault("local:"), {
    description:
      "the root key of secrets: `local:FILE` (32 bytes, mode 0600, made where there is none), `local:` for `root.key` beside the store",
  }),
  rotateEvery: unbuilt("the root key stays as it is; leave it out"),
});
