import { expect } from "vitest";

/** Waits, with a deadline, until `read` gives what is expected. */
export async function eventually<T>(read: () => T | Promise<T>, expected: T): Promise<void> {
  await expect.poll(read, { interval: 5, timeout: 5_000 }).toEqual(expected);
}
