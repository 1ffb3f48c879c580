/** The headers of one request, found whatever the case of their names. */
export class RequestHeaders {
  readonly #given: Readonly<Record<string, string>>;
  /** Made when a name is not there in lower case, as node has all of them. */
  #folded: ReadonlyMap<string, string> | undefined;

  constructor(given: Readonly<Record<string, string>> = {}) {
    this.#given = given;
  }

  /** @param name in lower case */
  find(name: string): string | undefined {
    if (Object.hasOwn(this.#given, name)) return this.#given[name];
    this.#folded ??= fold(this.#given);
    return this.#folded.get(name);
  }
}

function fold(given: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const folded = new Map<string, string>();
  for (const [name, value] of Object.entries(given)) {
    const lowerCase = name.toLowerCase();
    if (lowerCase !== name) folded.set(lowerCase, value);
  }
  return folded;
}
