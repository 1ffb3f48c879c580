/**
 * References of the control plane in the grammar of `@llmcfg/config`.
 *
 * There a secret is `${secret://llmcfg/path#member}` and always the whole text; `${ref:…}` is
 * unknown. What does not fit that comes as the server expands it or, where a secret is in it, as a
 * secret of its own place.
 *
 * @module
 */

import type { Json, JsonPointer } from "@llmcfg/core";

/** A text and where it stands. */
export interface TextPlace {
  /** The service that is read: what references without one are relative to. */
  readonly service: string;
  /** The key whose value it is in. */
  readonly key: string;
  /** Within that value. */
  readonly pointer: JsonPointer;
  /** The same text with its references expanded; `undefined` where the value is sensitive. */
  readonly expanded: Json | undefined;
}

/** What the text becomes: mostly text again, else the value that a reference stands for. */
export function rewriteText(text: string, place: TextPlace): Json {
  if (!SERVER_REFERENCE.test(text)) return text; // its own grammar already, escapes included
  const whole = WHOLE_SECRET.exec(text)?.groups?.["path"];
  if (whole !== undefined && !whole.includes(":-")) return handleOfPath(whole, place.service);
  return place.expanded === undefined
    ? handleText(place.service, place)
    : escapeReferences(place.expanded);
}

/** The reference to the value of a key of the service, or to a member of it. */
export function handleText(
  service: string,
  { key, pointer }: Pick<TextPlace, "key" | "pointer">,
): string {
  // The first colon ends a service, so a key with one is written with its service.
  const path = key.includes(":") ? `${service}:${key}` : key;
  const member = pointer === "" ? "" : `#${escapeForKey(pointer.slice(1))}`;
  return `\${secret://llmcfg/${escapeForPath(path)}${member}}`;
}

/** Text that must come out as it is: nothing in it is a reference. */
export function escapeReferences(value: Json): Json {
  if (typeof value === "string") return value.replaceAll("${", () => "$${");
  if (Array.isArray(value)) return value.map((item: Json) => escapeReferences(item));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, escapeReferences(member)]);
  return Object.fromEntries(members) as Json; // member by member, so JSON as before
}

/** Not behind another `$`, which escapes it. */
const SERVER_REFERENCE = /(?<!\$)\$\{(?:ref|secret):[^{}]*\}/;
const WHOLE_SECRET = /^\$\{secret:(?<path>[^{}]*)\}$/;

/** `path`, or `//service/path`. */
function handleOfPath(path: string, service: string): string {
  if (!path.startsWith("//")) return handleText(service, { key: path, pointer: "" });
  const [target = "", ...segments] = path.slice(2).split("/");
  return `\${secret://llmcfg/${escapeForPath(`${target}:${segments.join("/")}`)}}`;
}

function escapeForPath(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9/_.+=:,-]+/g, percent);
}

function escapeForKey(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9/_.-]+/g, percent);
}

function percent(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(
    "",
  );
}
