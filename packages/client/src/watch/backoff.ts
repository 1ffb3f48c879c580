const DEFAULT_BASE_MS = 500;
const MAX_MS = 15_000;

/**
 * How long to wait after a number of failures in a row: full jitter, so that clients that lost one
 * server do not come back as one. The bound is `baseMs` for the first failure and doubles from
 * there, to 15 s or to `baseMs` where that is longer.
 *
 * @param baseMs what the server asked for (`retry`), else 500
 * @param random at least 0 and below 1
 */
export function backoffMs(failures: number, random: number, baseMs?: number): number {
  if (failures === 0) return 0;
  const base = baseMs ?? DEFAULT_BASE_MS;
  const bound = Math.min(base * 2 ** (failures - 1), Math.max(MAX_MS, base));
  return random * bound;
}
