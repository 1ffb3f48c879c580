import { type ConfigPath, Duration, formatConfigPath, type PathSegment } from "@llmcfg/config";
import { isJsonObject, type Json } from "@llmcfg/core";

/**
 * A place in a document, and what stands there.
 *
 * A document that is checked has all defaults in. Where a value is missing or of another type
 * than asked for, that has been reported already: the place then reads as `undefined`.
 */
export class Place {
  readonly value: Json | undefined;
  readonly #segments: readonly PathSegment[];

  private constructor(value: Json | undefined, segments: readonly PathSegment[]) {
    this.value = value;
    this.#segments = segments;
  }

  static root(document: Json): Place {
    return new Place(document, []);
  }

  get path(): ConfigPath {
    return formatConfigPath(this.#segments);
  }

  /** The place below, member by member. */
  at(...names: readonly string[]): Place {
    return names.reduce<Place>((place, name) => {
      const { value } = place;
      const isThere = isJsonObject(value) && Object.hasOwn(value, name);
      return place.#step(isThere ? value[name] : undefined, { type: "member", name });
    }, this);
  }

  /** The items of a list; those of a keyed list are named by their key. */
  items(key?: string): readonly Place[] {
    const { value } = this;
    if (!Array.isArray(value)) return [];
    return value.map((item: Json, index) => {
      const name = key !== undefined && isJsonObject(item) ? item[key] : undefined;
      return this.#step(
        item,
        typeof name === "string" ? { type: "item", key: name } : { type: "index", index },
      );
    });
  }

  /** The members of an object, by name. */
  members(): readonly (readonly [name: string, place: Place])[] {
    const { value } = this;
    return isJsonObject(value) ? Object.keys(value).map((name) => [name, this.at(name)]) : [];
  }

  get isGiven(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get isOn(): boolean {
    return this.value === true;
  }

  get text(): string | undefined {
    return typeof this.value === "string" ? this.value : undefined;
  }

  get number(): number | undefined {
    return typeof this.value === "number" ? this.value : undefined;
  }

  /** Of a duration, in milliseconds. */
  get ms(): number | undefined {
    if (this.text === undefined) return undefined;
    try {
      return Duration.parse(this.text).ms;
    } catch {
      return undefined;
    }
  }

  #step(value: Json | undefined, segment: PathSegment): Place {
    return new Place(value, [...this.#segments, segment]);
  }
}
