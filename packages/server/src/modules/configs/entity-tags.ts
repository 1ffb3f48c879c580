/**
 * The header fields `If-Match` and `If-None-Match`.
 *
 * @see RFC 9110, sections 8.8.3 and 13.1
 * @module
 */

import { LlmcfgError } from "@llmcfg/core";

interface EntityTag {
  /** Without the quotes. */
  readonly opaque: string;
  readonly isWeak: boolean;
}

/** A list of tags, or any at all. */
export type EntityTags = "*" | readonly EntityTag[];

/** An element of the list, with the comma behind it; it may be empty (RFC 9110, section 5.6.1). */
const ELEMENT = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)/y;

/**
 * The tags of a field.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` where it is neither `*` nor a list of quoted tags
 */
export function parseEntityTags(field: string, name: string): EntityTags {
  if (field.trim() === "*") return "*";
  const tags: EntityTag[] = [];
  const scan = new RegExp(ELEMENT);
  while (scan.lastIndex < field.length) {
    const match = scan.exec(field);
    if (match === null) throw malformed(name);
    const [, weak, opaque] = match;
    if (opaque !== undefined) tags.push({ opaque, isWeak: weak !== undefined });
  }
  if (tags.length === 0) throw malformed(name);
  return tags;
}

function malformed(name: string): LlmcfgError {
  const message = `${name} must be * or a list of quoted entity tags`;
  const errors = [{ pointer: "", code: "INVALID_ARGUMENT", detail: message }];
  return new LlmcfgError("INVALID_ARGUMENT", message, { errors });
}
