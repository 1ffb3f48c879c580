/**
 * A secret that is not there until it is asked for. However it is printed, it shows `(sensitive)`.
 */
export class SecretHandle {
  static {
    const show = { value: () => "(sensitive)" };
    Object.defineProperty(this.prototype, Symbol.for("nodejs.util.inspect.custom"), show);
  }

  readonly #reveal: () => Promise<string>;

  /** @param reveal gives the text; called for each {@link SecretHandle.reveal} */
  constructor(reveal: () => Promise<string>) {
    this.#reveal = reveal;
    Object.freeze(this);
  }

  /**
   * The text; a value that is no string comes as JSON. The server records the access.
   *
   * @throws {LlmcfgError} `POLICY_DENIED`, `OFFLINE_MISS`, `SEALED`
   */
  reveal(): Promise<string> {
    return this.#reveal();
  }

  toString(): string {
    return "(sensitive)";
  }

  toJSON(): string {
    return "(sensitive)";
  }
}
