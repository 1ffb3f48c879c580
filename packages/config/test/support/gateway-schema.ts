import { annotate, type ConfigSchema, defineSchema, field } from "@llmcfg/config";
import { z } from "zod";

const provider = z.strictObject({
  id: field.id(),
  name: z.string(),
  endpoint: annotate(field.url({ schemes: ["https"] }), { aliases: ["base_url"], reload: "drain" })
    .nullable()
    .default(null),
  key: field.secret({ minBytes: 3 }).optional(),
  weight: z.number().min(0).max(10_000).default(1),
  enabled: z.boolean().default(true),
  models: field
    .keyedList(z.strictObject({ id: z.string().min(1), weight: z.number().default(1) }), {
      key: "id",
    })
    .default([]),
  tags: z.record(z.string(), z.string()).default({}),
});

const output = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("stdout") }),
  z.strictObject({
    type: z.literal("file"),
    path: field.text(),
    rotate: z.boolean().default(true),
  }),
]);

const root = z.strictObject({
  version: field.lexical().default("1.0.0"),
  metadata: z
    .strictObject({
      owner: z.string().nullable().default(null),
      checked_at: annotate(field.time(), { informational: true }).nullable().default(null),
      tags: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  server: z
    .strictObject({
      host: z.string().default("localhost"),
      port: annotate(z.int().min(1).max(65_535).default(8080), { reload: "restart" }),
      request_timeout: field.duration({ min: "1s", max: "1h" }).prefault("60s"),
      max_body_size: field.size({ min: 1024 }).prefault("10MiB"),
      tls: z
        .strictObject({ cert: field.material(), min_version: field.lexical().default("1.2") })
        .nullable()
        .default(null),
    })
    .prefault({}),
  providers: field.keyedList(provider, { key: "id" }).default([]),
  routing: z
    .strictObject({
      strategy: field
        .choice(["round_robin", "weighted"], { rr: "round_robin" })
        .default("round_robin"),
      fallback: z.string().nullable().default(null),
      patterns: z.array(field.glob()).default([]),
    })
    .prefault({}),
  logging: z
    .strictObject({
      level: z.enum(["debug", "info", "warn"]).default("info"),
      fields: z.array(z.string()).default(["token"]),
      outputs: z.array(output).default([{ type: "stdout" }]),
    })
    .prefault({}),
  secrets: z
    .strictObject({ backend: z.literal("environment"), prefix: z.string().optional() })
    .nullable()
    .default(null),
  extensions: z.record(z.string(), field.json()).default({}),
});

export type Gateway = z.output<typeof root>;

/** A schema with one field of every kind, small enough to see at a glance. */
export const gatewaySchema: ConfigSchema<Gateway> = defineSchema({
  name: "gateway",
  envPrefix: "GATEWAY_",
  root,
  secrets: "secrets",
  derive: (draft) => {
    for (const path of draft.items("providers")) {
      const id = draft.get(`${path}.id`);
      if (id !== undefined) draft.setDefault(`${path}.name`, id, `${path}.id`);
    }
  },
  crossChecks: [
    {
      code: "unknown_provider",
      needs: ["routing.fallback", "providers"],
      check: (document, report) => {
        const { routing, providers } = document as unknown as Gateway;
        const { fallback } = routing;
        if (fallback === null || providers.some(({ id }) => id === fallback)) return;
        const paths = ["routing.fallback", "providers"];
        report({
          paths,
          message: `there is no provider ${fallback}`,
          hint: "name one of the providers",
        });
      },
    },
  ],
});
