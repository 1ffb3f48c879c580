/**
 * What `-o json` of the commands over a gateway's files prints. Members may be added, none is taken
 * away or gets another meaning; published as `docs/schema/gateway-<command>.json`.
 *
 * @module
 */

import * as z from "zod";

const json = () => z.unknown().describe("Any JSON value.");
const path = z.string().describe("A place in the configuration: `providers[openai].weight`.");
const pointer = z.string().describe("The same place as a JSON Pointer (RFC 6901).");
const count = z.int().min(0);
const line = z.int().min(1).describe("From 1.");
const column = z.int().min(1).describe("From 1, in UTF-16 code units.");
const reload = z
  .enum(["hot", "drain", "restart"])
  .describe("Whether a change applies at once, to new connections and requests, or at a restart.");

const position = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("default"), derivedFrom: path.optional() }),
    z.object({
      kind: z.literal("file"),
      file: z.string().describe("As it was typed."),
      line,
      column,
      realPath: z.string().optional().describe("Behind symbolic links, where it differs."),
    }),
    z.object({ kind: z.literal("env"), variable: z.string(), file: z.string().optional() }),
    z.object({
      kind: z.literal("remote"),
      url: z.string(),
      key: z.string().optional(),
      revision: z.string().optional(),
      layer: z.string().optional(),
      author: z.string().optional(),
      at: z.string().optional().describe("RFC 3339."),
      line: line.optional(),
      column: column.optional(),
    }),
    z.object({ kind: z.literal("override"), actor: z.string().optional(), at: z.string() }),
  ])
  .meta({ id: "position" });

const result = z.discriminatedUnion("type", [
  z.object({ type: z.literal("invalid_reference"), field: path, reference: z.string() }),
  z.object({ type: z.literal("duplicate_id"), field: path, id: z.string() }),
  z.object({
    type: z.literal("invalid_secret_reference"),
    path,
    reference: z.string(),
    isUnreachable: z.literal(true).optional(),
  }),
  z.object({ type: z.literal("conflict") }),
  z.object({ type: z.literal("rule_violation") }),
]);

const finding = z
  .object({
    kind: z.enum([
      "schema_violation",
      "field_validation",
      "cross_field_validation",
      "business_rule",
    ]),
    severity: z.enum(["error", "warning"]),
    code: z.string().describe("What sort of fault it is, in snake_case: `unknown_key`."),
    path: path.describe("Empty where it is about the whole."),
    pointer,
    rule: z.string().optional().describe("Name of the business rule."),
    message: z.string(),
    hint: z.string().optional().describe("What to write instead."),
    source: z.string().optional().describe("The source that has the value."),
    position: position.optional(),
    related: z.array(z.object({ path, position: position.optional() })).optional(),
    snippet: z
      .string()
      .optional()
      .describe("The lines of the source, as far as they may be shown."),
    help: z.string().optional().describe("Where the code is explained."),
    result: result.optional(),
  })
  .meta({ id: "finding" });

const skipped = z.array(z.object({ name: z.string(), reason: z.string() }));
const findings = { errors: z.array(finding), warnings: z.array(finding), skipped };

const change = z
  .object({
    path,
    pointer,
    changeType: z.enum(["modified", "added", "removed"]),
    redacted: z.boolean().describe("Whether a value holds a secret that is not shown."),
    oldValue: json().optional(),
    newValue: json().optional(),
  })
  .meta({ id: "change" });

const moves = z
  .array(z.object({ path, from: z.array(z.string()), to: z.array(z.string()) }))
  .describe("Keyed lists whose items changed places: the keys before and after.");

const check = z.object({
  valid: z.boolean(),
  ...findings,
  checksum: z.string().optional().describe("SHA-256 of the accepted document; of a valid one."),
  secretReferences: count.optional().describe("Distinct references to secrets."),
  secretsResolved: z.boolean().optional().describe("Whether the backends were asked for them."),
});

const plan = z.object({
  valid: z.boolean().describe("Whether it would be accepted."),
  report: z.object({ isValid: z.boolean(), ...findings }),
  summary: z.string().describe("`2 changes, 0 additions, 1 removals`."),
  changes: z.object({
    hot: z.array(change),
    drain: z.array(change),
    restart: z.array(change),
  }),
  moves,
  pendingRestart: z.object({
    added: z.array(path).describe("Places that would wait for a restart."),
    cleared: z.array(path).describe("Places that would wait no longer."),
  }),
  impact: z.array(
    z.object({
      kind: z.string().describe("In snake_case: `model_vanishes`."),
      subject: z.string().describe("The provider, model or rule that it is about."),
      severity: z.enum(["info", "notice", "danger"]),
      message: z.string(),
      paths: z.array(path),
    }),
  ),
  participants: z.array(z.string()).describe("Who would be asked before it is in force."),
});

const layer = z
  .object({
    source: z.string(),
    rank: z.int().min(1).describe("1 is the strongest."),
    state: z.enum(["value", "unset", "held", "absent"]),
    value: json().optional(),
    operator: z.string().optional().describe("The merge operator that it stands in."),
    position: position.optional(),
    wins: z.boolean(),
    reason: z.string(),
    at: z.string().nullable().describe("The position as text: `gateway.yaml:7:5`."),
  })
  .meta({ id: "layer" });

const leaf = z
  .object({
    path,
    value: json(),
    source: z.string().describe("The layer that gives it."),
    position,
    lost: count.describe("How many other layers have a value there, the schema among them."),
    at: z.string().describe("The position as text: `gateway.yaml:7:5`."),
  })
  .meta({ id: "leaf" });

const explain = z.object({
  path,
  found: z.boolean(),
  value: json().optional(),
  field: z
    .object({
      path,
      kind: z.string(),
      reload,
      required: z.boolean(),
      nullable: z.boolean(),
      default: json().optional(),
      secret: z.boolean(),
      bounds: z.string().optional(),
      description: z.string().optional(),
    })
    .optional()
    .describe("What the schema says; absent where it does not know the place."),
  layers: z.array(layer).describe("Strongest first; exactly one wins where there is a value."),
  leaves: z
    .array(leaf)
    .describe("Of an object or list the values below it, in the order of the document."),
  moreLeaves: count.describe("How many more there are: 1,000 are told at most."),
  references: z.array(
    z.object({
      reference: z.string(),
      resolved: z
        .boolean()
        .describe("Of a secret whether its value was read: this command resolves none."),
      secretVersion: count.optional(),
    }),
  ),
  nearMisses: z.array(z.object({ what: z.string(), why: z.string(), hint: z.string().optional() })),
  precedence: z.array(z.string()).describe("All sources, strongest first."),
});

const diff = z.object({
  from: z.string(),
  to: z.string(),
  differences: z.array(change.extend({ reload })),
  moves,
  requiresRestart: z.boolean(),
});

/** By the name of the command. */
export const ANSWERS: Readonly<Record<AnsweringCommand, z.ZodObject>> = {
  check,
  plan,
  explain,
  diff,
};

export type AnsweringCommand = "check" | "plan" | "explain" | "diff";

/**
 * The JSON Schema of the answer of a command, 2020-12.
 *
 * @param form `published` lets members be there that it does not know, `closed` does not
 */
export function answerSchema(
  command: AnsweringCommand,
  form: "published" | "closed" = "published",
): object {
  const io = form === "published" ? "input" : "output";
  const title = `llmcfg gateway ${command} -o json`;
  const { $schema, ...schema } = z.toJSONSchema(ANSWERS[command], { io });
  return { $schema, title, ...schema };
}
