/**
 * How often a JSON Schema looks at one value: each reference to a part looks again, and references
 * to references multiply.
 *
 * @module
 */

/** A part of a schema that is too much work for a single value. */
export interface RepeatedPart {
  /** JSON Pointer of the part that alone passes the limit: `/$defs/a`. */
  readonly pointer: string;
  /** How many parts are held against each value that it is for; `Infinity` above 2^1023. */
  readonly looks: number;
}

/**
 * The innermost part that holds more than `limit` parts against one and the same value; nothing where
 * there is none. Follows references within the document that are JSON Pointers. What leads back to
 * itself counts once, and members and items count for values of their own. O(size of the schema).
 */
export function findRepeatedPart(schema: object, limit: number): RepeatedPart | undefined {
  const counting = new LookCount(schema, limit);
  counting.count(schema, "");
  return counting.found;
}

/** Keywords whose parts are held against the same value as the part that they stand in. */
const IN_PLACE: ReadonlySet<string> = new Set([
  "allOf",
  "anyOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentSchemas",
  "dependencies",
]);

/** Keywords that hold parts by names of the schema's own. */
const MAPS: ReadonlySet<string> = new Set([
  "$defs",
  "definitions",
  "properties",
  "patternProperties",
  "dependentSchemas",
  "dependencies",
]);

class LookCount {
  found: RepeatedPart | undefined;
  readonly #root: object;
  readonly #limit: number;
  readonly #counts = new Map<object, number>();

  constructor(root: object, limit: number) {
    this.#root = root;
    this.#limit = limit;
  }

  /** How many parts are held against a value that this one is held against, itself among them. */
  count(part: unknown, pointer: string): number {
    if (!isRecord(part)) return 1;
    const known = this.#counts.get(part);
    if (known !== undefined) return known;
    this.#counts.set(part, 1); // where it leads back to itself
    let looks = 1;
    for (const [name, value] of Object.entries(part)) {
      looks += this.#countKeyword(name, value, `${pointer}/${escaped(name)}`);
    }
    this.#counts.set(part, looks);
    if (looks > this.#limit) this.found ??= { pointer, looks };
    return looks;
  }

  /** What stands elsewhere is counted too, but for values of its own. */
  #countKeyword(name: string, value: unknown, place: string): number {
    if (name === "$ref" && typeof value === "string") return this.#countReferred(value);
    const looks = partsOf(name, value).map(([step, part]) => this.count(part, `${place}${step}`));
    return IN_PLACE.has(name) ? sum(looks) : 0;
  }

  #countReferred(reference: string): number {
    if (!reference.startsWith("#")) return 0;
    const pointer = decoded(reference.slice(1));
    const part = pointer === undefined ? undefined : partAt(this.#root, pointer);
    return part === undefined ? 0 : this.count(part, pointer ?? "");
  }
}

/** The parts behind a keyword, each with its place below it. */
function partsOf(keyword: string, value: unknown): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) return value.map((item: unknown, i) => [`/${i}`, item] as const);
  if (!isRecord(value)) return [];
  if (!MAPS.has(keyword)) return [["", value]];
  return Object.entries(value).map(([name, part]) => [`/${escaped(name)}`, part] as const);
}

function partAt(root: object, pointer: string): unknown {
  const [first, ...names] = pointer.split("/");
  if (first !== "") return undefined; // an anchor
  let part: unknown = root;
  for (const name of names) {
    const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof part !== "object" || part === null || !Object.hasOwn(part, key)) return undefined;
    part = (part as Readonly<Record<string, unknown>>)[key]; // an array has its indices so too
  }
  return part;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // Ajv says so
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
