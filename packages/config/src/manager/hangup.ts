import type { ManagerAudit } from "../audit/manager-audit.ts";
import type { Clock } from "../clock.ts";
import { takeRequest } from "../state/reload-request.ts";
import type { Commands } from "./commands.ts";
import type { LiveState } from "./live-state.ts";

export interface HangupOptions<T> {
  readonly commands: Commands<T>;
  readonly state: LiveState<T>;
  readonly audit: ManagerAudit<T>;
  readonly clock: Clock;
  /** Where more is said about a signal. */
  readonly stateDir: string | undefined;
}

/** SIGHUP asks for a reload, and for a log file that was moved away to be opened anew. */
export class Hangup<T> implements Disposable {
  readonly #options: HangupOptions<T>;

  /** Listens from {@link Hangup.listen} on. */
  constructor(options: HangupOptions<T>) {
    this.#options = options;
  }

  listen(): void {
    process.on("SIGHUP", this.#onSignal);
  }

  [Symbol.dispose](): void {
    process.off("SIGHUP", this.#onSignal);
  }

  readonly #onSignal = (): void => {
    const askedAt = new Date(this.#options.clock.now());
    void this.#answer(askedAt).catch(() => {}); // stopped meanwhile
  };

  async #answer(askedAt: Date): Promise<void> {
    const { commands, state, audit, stateDir } = this.#options;
    await audit.reopen();
    const { refreshSecrets = false } = stateDir === undefined ? {} : await takeRequest(stateDir);
    const { result } = await commands.reload("signal", { refreshSecrets });
    await state.answerSignal(result, askedAt);
  }
}
