import { createId } from "@llmcfg/core";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_LENGTH = "ev_".length + 10;

/** Gives ids of events: `ev_` and a ULID, each after all that were given before. */
export class EventIds {
  #last = "";

  /** Later than the one before also within a millisecond and when the clock goes back. */
  next(nowMs: number): string {
    const fresh = createId("ev", nowMs);
    const isLater = fresh.slice(0, TIME_LENGTH) > this.#last.slice(0, TIME_LENGTH);
    this.#last = isLater ? fresh : successorOf(this.#last);
    return this.#last;
  }
}

/** The next larger id: the last digit counted up, with carry. */
function successorOf(id: string): string {
  const last = CROCKFORD.indexOf(id.slice(-1));
  return last < CROCKFORD.length - 1
    ? id.slice(0, -1) + CROCKFORD.charAt(last + 1)
    : successorOf(id.slice(0, -1)) + CROCKFORD.charAt(0);
}
