import { annotate } from "@llmcfg/config";
import * as z from "zod";
import { refuseUnbuilt, unbuilt } from "./unbuilt.ts";

const Name = z.string().superRefine((text, context) => {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return;
  const message = "expected a DNS label: lower-case letters, digits and hyphens, at most 63";
  const hint = "write for example eu-west-1";
  context.addIssue({ code: "custom", message, params: { code: "invalid_name", hint } });
});

const Role = z.enum(["primary", "replica"]).superRefine((role, context) => {
  if (role === "replica") refuseUnbuilt(context, "use primary, or leave it out", "a replica");
});

export const RegionGroup = z.strictObject({
  name: annotate(Name.default("local"), {
    description: "what this place is called, in `Config-Region` and `/health`",
  }),
  role: annotate(Role.default("primary"), { description: "`primary`: writes are taken here" }),
  primary: unbuilt("there is one region; leave it out"),
});
