/**
 * Secrets that the helpers of tests hand out, so that a whole suite can be watched for them.
 *
 * @module
 */

import type { CanaryWatch } from "./canary-watch.ts";

const planted = new Map<string, string>();
let watch: CanaryWatch | undefined;

/** Shorter texts are words that come out of somewhere in any case. */
const MIN_LENGTH = 12;

/** A secret of a test: it must not come out of anywhere, if a suite is watched. */
export function plantCanary(name: string, text: string): void {
  if (text.length < MIN_LENGTH) return;
  planted.set(text, name);
  watch?.plant(name, text);
}

/** From now on `by` hears of what is planted, and of what was planted before. */
export function watchPlanted(by: CanaryWatch): void {
  watch = by;
  for (const [text, name] of planted) by.plant(name, text);
}

/** A log record or another thing that a helper sees come out. */
export function hearOutput(sink: string, value: unknown): void {
  watch?.hear(sink, value);
}
