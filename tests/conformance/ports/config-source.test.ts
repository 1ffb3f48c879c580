import { MemorySource } from "../../../packages/config/test/support/memory-source.ts";
import { type Layer, type OpenedSource, testConfigSource } from "./config-source.ts";

testConfigSource("memory", async () => openMemory());

function openMemory(): OpenedSource {
  const source = new MemorySource(undefined);
  let held: Layer | undefined;
  return {
    source,
    put: async (layer) => {
      held = layer;
      source.put(layer);
    },
    remove: async () => source.remove(),
    goAway: async () => void (source.isAway = true),
    comeBack: async () => {
      source.isAway = false;
      if (held !== undefined) source.put(held);
    },
    [Symbol.asyncDispose]: async () => await source[Symbol.asyncDispose](),
  };
}
