import type { RemoteSourceOptions } from "@llmcfg/config";
import type { OpenedDocument, OpenedSource } from "../conformance/ports/config-source.ts";
import { CuttableProxy } from "./cuttable-proxy.ts";
import { leavesOf } from "./leaves-of.ts";
import { remoteSource } from "./remote-source.ts";

/** A store of keys that can be written from outside. */
export interface WritableStore {
  readonly url: string;
  put(key: string, value: string): Promise<void>;
  /** The key, or all keys below it where it ends with a slash. */
  remove(key: string): Promise<void>;
}

/** One key whose value is a document. */
export async function openKey(
  store: WritableStore,
  key: string,
  optionsAt: (url: string) => RemoteSourceOptions,
): Promise<OpenedDocument> {
  const proxy = await CuttableProxy.open(store.url);
  const source = remoteSource(optionsAt(proxy.url));
  return {
    source,
    put: async (layer) => await store.put(key, JSON.stringify(layer)),
    putText: async (text) => await store.put(key, text),
    remove: async () => await store.remove(key),
    ...levers(proxy, source),
  };
}

/** A key for each leaf. */
export async function openPrefix(
  store: WritableStore,
  prefix: string,
  optionsAt: (url: string) => RemoteSourceOptions,
): Promise<OpenedSource> {
  const proxy = await CuttableProxy.open(store.url);
  const source = remoteSource(optionsAt(proxy.url));
  return {
    source,
    put: async (layer) => {
      await store.remove(prefix);
      for (const [path, text] of leavesOf(layer)) await store.put(`${prefix}${path}`, text);
    },
    remove: async () => await store.remove(prefix),
    ...levers(proxy, source),
  };
}

type Levers = Pick<OpenedSource, "goAway" | "comeBack" | typeof Symbol.asyncDispose>;

function levers(proxy: CuttableProxy, source: AsyncDisposable): Levers {
  return {
    goAway: async () => await proxy.cut(),
    comeBack: async () => await proxy.mend(),
    [Symbol.asyncDispose]: async () => {
      await source[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}
