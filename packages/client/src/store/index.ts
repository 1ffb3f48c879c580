/**
 * The last good state on disk: `@llmcfg/client/store`, for Node.js alone.
 *
 * @module
 */

export {
  type LastGoodStore,
  type LastGoodStoreOptions,
  openLastGoodStore,
  type SavedState,
} from "./last-good-store.ts";
export { makeFolder } from "./make-folder.ts";
