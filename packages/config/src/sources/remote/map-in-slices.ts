import { Slices } from "../../load/slices.ts";

/** Items between two looks at the clock. */
const ITEMS_PER_LOOK = 64;

/** As `Array.map`; other work goes on in between. */
export async function mapInSlices<T, R>(
  items: readonly T[],
  map: (item: T) => R,
): Promise<readonly R[]> {
  const slices = new Slices();
  const mapped: R[] = [];
  for (const item of items) {
    mapped.push(map(item));
    if (mapped.length % ITEMS_PER_LOOK === 0) await slices.pause();
  }
  return mapped;
}
