/**
 * The events of a watch: JSON, one a line, for as long as it lasts.
 *
 * @module
 */

import { linesOf } from "../remote/lines-of.ts";
import { ApiFailure, failureOf, reasonOf } from "./api-failure.ts";
import { type ClusterObject, type ObjectKind, toClusterObject } from "./cluster-object.ts";

/** What a watch tells. A bookmark only says how far it has come. */
export type WatchEvent =
  | { readonly type: "changed" | "deleted"; readonly object: ClusterObject }
  | { readonly type: "bookmark"; readonly resourceVersion: string };

export interface EventOptions {
  readonly kind: ObjectKind;
  /** Of one event. */
  readonly maxBytes: number;
}

/**
 * The events in order, until the server ends the watch.
 *
 * @throws {Error} where the server sends an error, or something that is no event
 */
export async function* eventsIn(
  chunks: AsyncIterable<Uint8Array>,
  { kind, maxBytes }: EventOptions,
): AsyncGenerator<WatchEvent> {
  for await (const line of linesOf(chunks, maxBytes)) {
    const event = toEvent(new TextDecoder().decode(line), kind);
    if (event !== undefined) yield event;
  }
}

/** @returns nothing for an empty line, and for types that are not known yet */
function toEvent(line: string, kind: ObjectKind): WatchEvent | undefined {
  if (line.trim() === "") return undefined;
  const { type, object } = parseLine(line);
  switch (type) {
    case "ADDED":
    case "MODIFIED":
      return { type: "changed", object: objectOf(object, kind) };
    case "DELETED":
      return { type: "deleted", object: objectOf(object, kind) };
    case "BOOKMARK":
      return { type: "bookmark", resourceVersion: versionOf(object) };
    case "ERROR":
      throw failureOf(codeOf(object), reasonOf(object));
    default:
      return undefined;
  }
}

interface RawEvent {
  readonly type?: unknown;
  readonly object?: unknown;
}

function parseLine(line: string): RawEvent {
  try {
    return (JSON.parse(line) ?? {}) as RawEvent; // any value has members, if only missing ones
  } catch {
    throw broken("the watch sent no JSON"); // the parser's error quotes it
  }
}

function objectOf(json: unknown, kind: ObjectKind): ClusterObject {
  try {
    return toClusterObject(json, kind);
  } catch (error) {
    if (error instanceof TypeError) throw broken(error.message);
    throw error;
  }
}

function versionOf(object: unknown): string {
  const { metadata } = (object ?? {}) as {
    readonly metadata?: { readonly resourceVersion?: unknown };
  }; // as in parseLine
  const version = metadata?.resourceVersion;
  if (typeof version === "string") return version;
  throw broken("a bookmark of the watch has no version");
}

/** Of the `Status` in an error event; one that has none is the server's own fault. */
function codeOf(status: unknown): number {
  const { code } = (status ?? {}) as { readonly code?: unknown }; // as in parseLine
  return typeof code === "number" ? code : 500;
}

function broken(message: string): ApiFailure {
  return new ApiFailure("unavailable", message);
}
