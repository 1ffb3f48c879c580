import type { FileSystem } from "../file-system.ts";
import type { ConfigSource } from "./config-source.ts";
import type { SeenPath, WatchedPath } from "./seen-path.ts";

/**
 * A source whose content lies in files: read together with other files so that all are of one
 * generation, and watched through the folders that they lie in.
 */
export interface PathSource extends ConfigSource {
  /** What there has to be for it to have any content: its file, or its directory. */
  readonly paths: readonly WatchedPath[];
  /** Everything that a content was read from, by the identity that it came with. */
  partsOf(identity: string): readonly SeenPath[];
  /** Whether everything is still as it was when this identity was read. */
  isStill(identity: string): Promise<boolean>;
  /** The same source over another file system: for plans. */
  over(fs: FileSystem): PathSource;
}
