/**
 * The shapes of fields that several sections share.
 *
 * @module
 */

import { annotate } from "@llmcfg/config";
import * as z from "zod";

/** A field whose change applies to new connections and requests; old ones finish on the old value. */
export function drain<S extends z.ZodType>(schema: S): S {
  return annotate(schema, { reload: "drain" });
}

/** A field whose change applies when the process restarts. */
export function restart<S extends z.ZodType>(schema: S): S {
  return annotate(schema, { reload: "restart" });
}

/**
 * As `describe` of zod, which copies every schema: this one only those that are described already. A
 * start of the command line makes hundreds of them.
 *
 * @param schema one that no other field has without a description
 */
export function described<S extends z.ZodType>(schema: S, description: string): S {
  const notes = z.globalRegistry.get(schema);
  const own = notes?.description === undefined ? schema : schema.clone();
  z.globalRegistry.add(own, { ...notes, description });
  return own;
}

/** `T?` of the tables: nullable, and `null` by default. */
export function orNull<S extends z.ZodType>(schema: S): z.ZodDefault<z.ZodNullable<S>> {
  return schema.nullable().default(null);
}

/**
 * `=` of the tables: {@link deriveDefaults} fills it in before validation.
 *
 * It is absent only where what it derives from is missing or wrong, and that is reported there:
 * the schema lets it be absent, so that one fault is one finding.
 *
 * @param from the place that it derives from, seen from where it stands
 */
export function derived<S extends z.ZodType>(schema: S, from: string): S {
  // Holds for every configuration that is accepted: the checks refuse what could not be derived.
  return schema.optional().meta({ "x-derived": from }) as unknown as S;
}

/** A whole number within the bounds, both included. */
export function int(min: number, max?: number): z.ZodInt {
  return max === undefined ? z.int().check(z.gte(min)) : z.int().check(z.gte(min), z.lte(max));
}

/** A number from 0 to 1, both included. */
export function share(): z.ZodNumber {
  return z.number().check(z.gte(0), z.lte(1));
}

/** Free labels: text to text. */
export function labels(max: number = Number.MAX_SAFE_INTEGER): z.ZodType<Record<string, string>> {
  const map = z.record(z.string(), z.string());
  return map.refine((given) => Object.keys(given).length <= max, `has more than ${max} entries`);
}

/** A tag of a union that has aliases: it chooses the variant by any of them. */
export function tag<const T extends string>(
  name: T,
  aliases: readonly string[],
): z.ZodType<T, string> {
  const spelled = z.pipe(
    z.literal([name, ...aliases]),
    z.transform(() => name),
  );
  return spelled.meta({ "x-canonical": name });
}

/** Each member at most once. */
export function setOf<T>(item: z.ZodType<T>): z.ZodType<T[]> {
  return z.array(item).refine((list) => new Set(list).size === list.length, "names a member twice");
}

/** The name of an HTTP header. RFC 9110, section 5.6.2. */
export function headerName(): z.ZodString {
  return z.string().regex(TOKEN, "is not the name of a header");
}

/** The method of a request, as requests have it. */
export function httpMethod(): z.ZodString {
  return z.string().regex(/^[A-Z]+$/, "is not an HTTP method in capitals, such as POST");
}

/** An HTTP token, or `*`, which is one too. */
export function httpToken(): z.ZodString {
  return z.string().regex(TOKEN, "is not an HTTP token");
}

/** What is sent in a header: neither empty nor with white space. */
export function checkHeaderSafe(material: string): string | undefined {
  if (material === "") return "is empty";
  return /^[\x21-\x7e]+$/.test(material)
    ? undefined
    : "has white space or characters that a header cannot carry";
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
