/**
 * Sets of keys: `production/ml-service/inference/**`.
 *
 * @module
 */

/** A parsed selector; see {@link parseSelector}. */
export interface Selector {
  readonly text: string;
  readonly segments: readonly string[];
  /** Whether it ends in `**`: any number of further segments, also none. */
  readonly isOpen: boolean;
}
