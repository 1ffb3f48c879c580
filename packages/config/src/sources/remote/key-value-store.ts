/**
 * What a store of keys must be able to do to be a source of configuration.
 *
 * @module
 */

export interface StoreEntry {
  /** As the store names it: whole, the prefix included. */
  readonly key: string;
  readonly value: Uint8Array;
  /** When this key was written last, as the store counts. */
  readonly revision: string;
}

/** All entries that were asked for, as of one moment. None: there is no such key. */
export type StoreReading = readonly StoreEntry[];

export interface FollowOptions {
  /**
   * The store has answered: what it holds as of now, where that is known. Called for each answer,
   * equal or not. What follows waits for it.
   */
  readonly answered: (reading: StoreReading) => Promise<void>;
  /** Something was written, and it is not known what. */
  readonly written: () => void;
  readonly signal: AbortSignal;
}

export interface KeyValueStore extends AsyncDisposable {
  /**
   * What the store holds, and no older than what it held when it was asked.
   *
   * @throws {Error} where it cannot be asked; the message holds no credential and no value
   */
  read(signal: AbortSignal): Promise<StoreReading>;
  /**
   * Stays connected and tells of every change after the first answer. Ends or throws when the
   * connection does.
   */
  follow(options: FollowOptions): Promise<void>;
}
