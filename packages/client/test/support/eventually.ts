import { expect } from "vitest";

/** How often a test looks, and for how long. */
export const PATIENCE: { readonly interval: number; readonly timeout: number } = {
  interval: 5,
  timeout: 5_000,
};

/** Waits, with a deadline, until `read` gives what is expected. */
export async function eventually<T>(read: () => T | Promise<T>, expected: T): Promise<void> {
  await expect.poll(read, PATIENCE).toEqual(expected);
}
