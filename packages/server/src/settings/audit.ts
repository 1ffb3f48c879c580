import { annotate } from "@llmcfg/config";
import * as z from "zod";
import { refuseUnbuilt, unbuilt } from "./unbuilt.ts";

const SigningKey: z.ZodType<"local:", string> = z.string().transform((uri, context) => {
  if (uri === "local:") return uri;
  refuseUnbuilt(context, "use local:, the key that the root key of kek.uri seals", "another key");
  return z.NEVER;
});

export const AuditGroup = z.strictObject({
  signingKey: annotate(SigningKey.prefault("local:"), {
    description: "what signs checkpoints: `local:`, a key of the store that the root key seals",
  }),
  retention: unbuilt("records are kept without end; leave it out"),
  checkpointEvery: unbuilt("a checkpoint is signed when somebody asks for one; leave it out"),
  origin: unbuilt("checkpoints name llmcfg/TENANT; leave it out"),
  onFailure: unbuilt("a write or a reveal that cannot be recorded is refused; leave it out"),
  reads: unbuilt("every reveal is recorded by itself; leave it out"),
  pq: unbuilt("checkpoints are signed with Ed25519; leave it out"),
  spool: z
    .strictObject({
      dir: unbuilt("what cannot be recorded in the store is refused; leave it out"),
    })
    .prefault({}),
});
