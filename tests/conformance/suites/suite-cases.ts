/**
 * The cases of the public suites under `testdata/`.
 *
 * @module
 */

import { readFileSync } from "node:fs";

/** A file of a suite: as text, or where it is none, its bytes in base64. */
export interface FileCase {
  readonly name: string;
  readonly text?: string;
  readonly base64?: string;
  /** How often the text is repeated. */
  readonly times?: number;
}

/** All cases of a suite: its README says what a case is, and the caller which type that is. */
export function readCases(suite: string): readonly unknown[] {
  const file = new URL(`../../../testdata/${suite}/cases.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as readonly unknown[]; // a list: our own file
}

export function bytesOf({ text = "", base64, times = 1 }: FileCase): Uint8Array {
  return base64 === undefined ? Buffer.from(text.repeat(times)) : Buffer.from(base64, "base64");
}
