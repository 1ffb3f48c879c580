/**
 * What the OpenAPI document says of a route beyond its own schemas: what follows from its entry in
 * the registry.
 *
 * @module
 */

import { STATUS_CODES } from "node:http";
import type { FastifyContextConfig, FastifySchema } from "fastify";
import { z } from "zod";
import type { RouteEntry } from "./routes.ts";

/** The schema of a route as `@fastify/swagger` shall see it; the route goes on with its own. */
export function describeRoute(
  schema: FastifySchema,
  { entry, events }: FastifyContextConfig,
): FastifySchema {
  if (entry === undefined) return schema;
  const { response, produces, ...rest } = schema;
  const described = {
    ...rest,
    description: toSentence(entry),
    ...(entry.permission === "open" ? { security: [] } : {}),
    ...(entry.path.includes("{") ? { params: paramsOf(entry) } : {}),
    response: toAnswers(response, produces ?? [JSON_TYPE]),
  };
  return events === undefined ? described : { ...described, ...toEvents(events) };
}

const JSON_TYPE = "application/json";

function toSentence({ permission }: RouteEntry): string {
  if (permission === "open") return "Needs no credential.";
  if (permission === "authenticated") return "Needs a valid credential.";
  const names = [permission].flat().map((name) => `\`${name}\``);
  return `Needs ${names.join(" or ")}${names.length > 1 ? ", by what it touches" : ""}.`;
}

const PARAMETERS: Readonly<Record<string, string>> = {
  env: "An environment, by name or alias.",
  service: "A service.",
  key: "A key. Its segments are divided by `/`, which may be written `%2F`.",
  id: "As lists and answers give it.",
  reason: "A reason of the error table in lower case with hyphens: `etag-mismatch`.",
};

function paramsOf({ path }: RouteEntry): z.ZodType {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return z.object(
    Object.fromEntries(names.map((name) => [name, z.string().describe(PARAMETERS[name] ?? name)])),
  );
}

/** Each status with a schema for each media type: what is not JSON is text, whatever it tells. */
function toAnswers(response: unknown, produces: readonly string[]): Record<string, object> {
  const answers = Object.entries(response as Record<string, z.ZodType>); // as `serve` gave it
  return Object.fromEntries(
    answers.map(([status, schema]) => [
      status,
      {
        description: STATUS_CODES[status] ?? "An answer",
        content: Object.fromEntries(
          produces.map((type) => [type, { schema: type === JSON_TYPE ? schema : z.string() }]),
        ),
      },
    ]),
  );
}

/** OpenAPI 3.1 has no words for a stream of events; 3.2 calls it `itemSchema`. */
function toEvents(events: Readonly<Record<string, z.ZodType>>): Record<string, unknown> {
  const schemas = Object.entries(events).map(([name, schema]) => {
    const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" });
    return [name, json];
  });
  return { "x-sse-events": Object.fromEntries(schemas) };
}
