import type { ManagerAudit } from "../audit/manager-audit.ts";
import type { Commands } from "./commands.ts";
import type { LiveState } from "./live-state.ts";

export interface HangupOptions<T> {
  readonly commands: Commands<T>;
  readonly state: LiveState<T>;
  readonly audit: ManagerAudit<T>;
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
    void this.#answer().catch(() => {}); // stopped meanwhile
  };

  async #answer(): Promise<void> {
    const { commands, state, audit } = this.#options;
    await audit.reopen();
    const { result } = await commands.reload("signal", {});
    await state.answerSignal(result);
  }
}
