/** Turns at things by name: whoever takes one waits until all before have given theirs back. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Disposing what this gives ends the turn. */
  async take(name: string): Promise<Disposable> {
    const before = this.#last.get(name);
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    this.#last.set(name, over);
    await before;
    return {
      [Symbol.dispose]: () => {
        if (this.#last.get(name) === over) this.#last.delete(name);
        end();
      },
    };
  }
}
