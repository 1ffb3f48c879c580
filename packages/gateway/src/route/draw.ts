/** The fractional part of the golden ratio: of all numbers the one whose multiples spread best. */
const GOLDEN = 0.618_033_988_749_894_9;

/**
 * The `turn`-th of a sequence of draws that share out evenly from the start.
 *
 * Counting turns by model makes `round_robin` take turns and `weighted` keep its weights within a
 * few requests, where random draws would take hundreds. From 0 to below 1.
 */
export function drawOf(turn: number): number {
  return (turn * GOLDEN) % 1;
}
