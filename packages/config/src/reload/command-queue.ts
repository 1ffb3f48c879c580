/**
 * Commands one after the other, each with its own result. Of equal commands that wait, only one
 * runs: those who asked later share its result.
 */
export class CommandQueue<R> {
  #tail: Promise<unknown> = Promise.resolve();
  readonly #waiting = new Map<string, Promise<R>>();

  /** @param joins waiting commands of the same name are one */
  async run(command: () => Promise<R>, joins?: string): Promise<R> {
    const known = joins === undefined ? undefined : this.#waiting.get(joins);
    if (known !== undefined) return await known;
    const before = this.#tail;
    const result = (async () => {
      await before;
      if (joins !== undefined) this.#waiting.delete(joins);
      return await command();
    })();
    if (joins !== undefined) this.#waiting.set(joins, result);
    this.#tail = result.catch(() => {}); // who asked hears of it
    return await result;
  }

  /** Settles when all commands have ended that were asked for before. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
