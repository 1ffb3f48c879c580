/** Changes of a directory or source are not heard of at once: it is looked at at intervals. */
export interface WatchTrouble {
  /** The directory, or the id of the source. */
  readonly what: string;
  /** What is done instead, as half a sentence: `files are polled`. */
  readonly instead: string;
  readonly error: Error;
}
