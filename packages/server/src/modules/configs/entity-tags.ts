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

const TAG = /\s*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(,|$)/y;

/**
 * The tags of a field.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` where it is neither `*` nor a list of quoted tags
 */
export function parseEntityTags(field: string, name: string): EntityTags {
  if (field.trim() === "*") return "*";
  const tags: EntityTag[] = [];
  const scan = new RegExp(TAG);
  while (scan.lastIndex < field.length) {
    const match = scan.exec(field);
    if (match === null) throw malformed(name);
    tags.push({ opaque: match[2] ?? "", isWeak: match[1] !== undefined });
  }
  if (tags.length === 0 || field.trimEnd().endsWith(",")) throw malformed(name);
  return tags;
}

function malformed(name: string): LlmcfgError {
  const message = `${name} must be * or a list of quoted entity tags`;
  const errors = [{ pointer: "", code: "INVALID_ARGUMENT", detail: message }];
  return new LlmcfgError("INVALID_ARGUMENT", message, { errors });
}
