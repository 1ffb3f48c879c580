/**
 * Sets of keys: `production/ml-service/inference/**`.
 *
 * A selector is matched segment by segment, whole ones only: `production/ml/**` has nothing to do
 * with `production/mlops`. What it is asked about are the paths of keys, `env/service/key`, so
 * they have three segments or more.
 *
 * @module
 */

import { invalidArgument } from "./invalid-argument.ts";
import { checkKeyRef } from "./key-ref.ts";

/** A parsed selector; see {@link parseSelector}. */
export interface Selector {
  readonly text: string;
  /** Without a final `**`; `*` stands for any one segment. */
  readonly segments: readonly string[];
  /** Whether it ends in `**`: any number of further segments, also none. */
  readonly isOpen: boolean;
}

/** Environment, service, and one segment of a key. */
const MIN_PATH_SEGMENTS = 3;
/** Environment, service, and the 32 segments a key may have. */
const MAX_PATH_SEGMENTS = 34;

/**
 * The selector that a text stands for: segments joined by `/`, each one literal or `*`, and at the
 * end possibly `**`. `**` alone selects everything.
 *
 * Environments go by their canonical names: an alias is a literal that nothing has.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` where it does not fit, and where no key could match,
 *   as with `production/ml-service`: what lies below that is `production/ml-service/**`
 */
export function parseSelector(text: string): Selector {
  const all = text.split("/");
  const isOpen = all.at(-1) === "**";
  const segments = isOpen ? all.slice(0, -1) : all;
  const fault = faultOf(segments, isOpen);
  if (fault !== undefined) {
    throw invalidArgument(`the selector ${fault}`, {
      expected: "segments or *, joined by /, at the end possibly **: production/ml-service/**",
    });
  }
  return { text, segments, isOpen };
}

function faultOf(segments: readonly string[], isOpen: boolean): string | undefined {
  if (segments.length > MAX_PATH_SEGMENTS) return "has more segments than any key";
  if (!isOpen && segments.length < MIN_PATH_SEGMENTS) {
    return "selects no key: end it with ** for all that lies below";
  }
  const [env = EXAMPLE, service = EXAMPLE, ...key] = segments.map(exampleOf);
  const [fault] = checkKeyRef({ env, service, key: key.length === 0 ? EXAMPLE : key.join("/") });
  return fault === undefined ? undefined : `does not fit: ${fault}`;
}

/** A literal is checked as it is; in the place of `*` stands something that fits everywhere. */
function exampleOf(segment: string): string {
  return segment === "*" ? EXAMPLE : segment;
}

const EXAMPLE = "x";

/** @param path `env/service/key`, with the canonical name of the environment */
export function selectorMatches(selector: Selector, path: string): boolean {
  const segments = path.split("/");
  const { length } = selector.segments;
  const fits = selector.isOpen ? segments.length >= length : segments.length === length;
  return fits && agree(selector.segments, segments);
}

/**
 * Whether all keys below a folder are selected.
 *
 * @param folder segments: none for everything, `["production", "ml-service", "inference"]`
 */
export function selectorCovers(selector: Selector, folder: readonly string[]): boolean {
  const { segments, isOpen } = selector;
  const beyond = segments.slice(folder.length);
  return (
    isOpen &&
    segments.length <= shortestBelow(folder) &&
    agree(segments, folder) &&
    beyond.every((segment) => segment === "*")
  );
}

/** Whether any key could be below a folder and selected. */
export function selectorMeets(selector: Selector, folder: readonly string[]): boolean {
  const { segments, isOpen } = selector;
  return (isOpen || segments.length >= shortestBelow(folder)) && agree(segments, folder);
}

/** Whether all that `inner` selects is selected by `outer` too. */
export function selectorContains(outer: Selector, inner: Selector): boolean {
  const shortest = Math.max(MIN_PATH_SEGMENTS, inner.segments.length);
  const fits = outer.isOpen
    ? outer.segments.length <= shortest
    : !inner.isOpen && outer.segments.length === inner.segments.length;
  return (
    fits && outer.segments.every((segment, i) => segment === "*" || segment === inner.segments[i])
  );
}

/** How many segments the shortest path below a folder has. */
function shortestBelow(folder: readonly string[]): number {
  return Math.max(MIN_PATH_SEGMENTS, folder.length + 1);
}

/** Whether the two agree as far as both go. */
function agree(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.every(
    (segment, i) => segment === "*" || i >= segments.length || segment === segments[i],
  );
}
