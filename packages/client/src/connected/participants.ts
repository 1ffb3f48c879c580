import { LlmcfgError } from "@llmcfg/core";
import type { Runtime } from "../runtime.ts";
import type { ConfigView } from "./config-view.ts";

/** The application's say: a state it throws for does not come into force. */
export type Participant = (next: ConfigView, signal: AbortSignal) => void | Promise<void>;

const TIMEOUT_MS = 30_000;

/** All who have a say, in the order they joined. */
export class Participants {
  readonly #runtime: Runtime;
  readonly #members = new Set<Participant>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  join(participant: Participant): Disposable {
    this.#members.add(participant);
    return { [Symbol.dispose]: () => void this.#members.delete(participant) };
  }

  /**
   * Asks one after another, each for 30 s at most. Where one throws, those that had agreed are given
   * `now` again, latest first, so that all end where they began.
   *
   * @throws what the first one throws that does not agree; `DEADLINE_EXCEEDED` for one that does not
   *   answer
   */
  async agree(next: ConfigView, now: ConfigView | undefined): Promise<void> {
    const agreed: Participant[] = [];
    for (const participant of this.#members) {
      try {
        await this.#ask(participant, next);
      } catch (error) {
        for (const earlier of agreed.toReversed()) await this.#takeBack(earlier, now);
        throw error;
      }
      agreed.push(participant);
    }
  }

  async #ask(participant: Participant, view: ConfigView): Promise<void> {
    const late = new AbortController();
    const answered = new AbortController();
    const deadline = this.#runtime.sleep(TIMEOUT_MS, answered.signal).then(
      () => {
        const message = `the application did not answer within ${TIMEOUT_MS} ms`;
        late.abort();
        throw new LlmcfgError("DEADLINE_EXCEEDED", message, {});
      },
      () => {}, // it answered
    );
    const answer = (async () => participant(view, late.signal))(); // also what it throws at once
    await Promise.race([answer, deadline]).finally(() => answered.abort());
  }

  /** It had agreed to this state before; if it throws now, the veto is still what is reported. */
  async #takeBack(participant: Participant, now: ConfigView | undefined): Promise<void> {
    if (now === undefined) return;
    await this.#ask(participant, now).catch(() => {});
  }
}
