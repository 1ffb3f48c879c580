/**
 * Defaults of variables in fields of secrets: `${env:NAME:-text}` is a reference, and the text in it
 * a secret that stands in the configuration itself.
 *
 * @module
 */

import { ConfigError } from "../errors.ts";
import { parseReferences, type Reference } from "./reference.ts";

/** The secret that the reference brings with it; an empty default is none. */
export function secretDefaultOf(reference: Reference): string | undefined {
  return reference.kind === "env" && reference.default !== "" ? reference.default : undefined;
}

/**
 * The reference as it may be shown where it stands for a secret: `${env:NAME:-[redacted]}`.
 *
 * @param text the reference as it was written
 */
export function shownReference(reference: Reference, text: string): string {
  if (secretDefaultOf(reference) === undefined) return text;
  return `${withoutDefault(reference, text).slice(0, -1)}:-[redacted]}`;
}

/** The reference with nothing that is secret: `${env:NAME}`. */
export function withoutDefault(reference: Reference, text: string): string {
  return reference.kind === "env" ? `\${env:${reference.name}}` : text;
}

/** A text of a field for secrets that is one reference; nothing where it is a secret itself. */
export function wholeReference(text: string): WholeReference | undefined {
  try {
    const [part, ...others] = parseReferences(text);
    return part?.type === "reference" && others.length === 0 ? part : undefined;
  } catch (error) {
    if (error instanceof ConfigError) return undefined; // malformed: it may be anything
    throw error;
  }
}

export interface WholeReference {
  readonly reference: Reference;
  /** As it was written. */
  readonly text: string;
}

/** What may be shown of a text in a field for secrets; nothing where it is a secret itself. */
export function shownSecretText(text: string): string | undefined {
  const whole = wholeReference(text);
  return whole === undefined ? undefined : shownReference(whole.reference, whole.text);
}
