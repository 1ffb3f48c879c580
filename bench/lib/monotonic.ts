/** Milliseconds of `CLOCK_MONOTONIC`: the same clock in every process of a machine. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1_000_000;
}
