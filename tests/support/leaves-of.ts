/**
 * Layers as the stores of sources hold them: one document, or a key for each leaf.
 *
 * @module
 */

import type { Layer } from "../conformance/ports/config-source.ts";

/** `routing/strategy` → `weighted`, for each leaf. */
export function leavesOf(layer: Layer, path = ""): readonly (readonly [string, string])[] {
  return Object.entries(layer).flatMap(([name, value]) => {
    const here = path === "" ? name : `${path}/${name}`;
    return typeof value === "string" ? [[here, value] as const] : leavesOf(value, here);
  });
}
