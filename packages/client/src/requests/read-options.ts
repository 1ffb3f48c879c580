import type { Query } from "../http/path.ts";
import type { CallOptions } from "../http/send.ts";

/** Which state to read, and how fresh it must be. */
export interface ReadOptions extends CallOptions {
  /** A revision or an instant (RFC 3339): the state as it was. */
  readonly at?: number | string | undefined;
  /** Never answer older than this revision: a write's revision reads that write. */
  readonly minRevision?: number | undefined;
  /** How long the server waits for `minRevision`; its default is 2 s. */
  readonly waitMs?: number | undefined;
}

/** The parameters of a read, as the API names them. */
export function readQuery({ at, minRevision, waitMs }: ReadOptions): Query {
  return { at, minRevision, wait: toDuration(waitMs) };
}

/** `1500ms`: the API takes a duration as text. */
export function toDuration(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `${Math.ceil(ms)}ms`;
}

/** A flag of a query: said when it is on, else left out. */
export function flag(isOn: boolean | undefined): true | undefined {
  return isOn === true ? true : undefined;
}
