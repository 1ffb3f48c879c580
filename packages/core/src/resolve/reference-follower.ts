import type { ItemVersion } from "../commit.ts";
import type { Json, JsonPointer } from "../json.ts";
import { formatPath, type KeyRef } from "../key-ref.ts";
import { utf8Length } from "../utf8.ts";
import type { Substitute } from "./expand-value.ts";
import type { ReferenceOutcome, ServiceKey } from "./layers.ts";
import { type Fault, idOf, type ReadValue } from "./read-value.ts";
import { MAX_REFERENCES, type Mark, type ReferencePart } from "./reference-grammar.ts";

/** Levels of references below a key. */
const MAX_LEVELS = 10;
/**
 * How far down keys are read to see how deep they are: further than allowed, so that a key that is
 * met far down is not at fault where it is met again further up. Bounds the recursion.
 */
const MAX_PATH = 2 * MAX_LEVELS;
/** Of what takes the place of the references of one value. */
const MAX_EXPANSION_BYTES = 1_048_576;

/** The reading that a value is part of. */
export interface Surroundings {
  readonly env: string;
  /** Ids of the keys that are being read, each needed by the one before it. */
  readonly path: readonly string[];
  mayFollow(target: KeyRef, kind: "ref" | "secret"): boolean;
  read(key: ServiceKey): ReadValue;
  /** Counts one more reference and says how many there are. */
  countReference(): number;
  addDependency(key: ServiceKey): void;
  addOutcome(outcome: ReferenceOutcome): void;
}

/** What becomes of a mark. `kept`: it stays as it is written. */
type Followed =
  | { readonly kind: "kept" }
  | ({ readonly kind: "given" } & Substitute)
  | ({ readonly kind: "fault" } & Omit<Fault, "pointer">);

/** Follows the references of one value, and keeps what they bring with them. */
export class ReferenceFollower {
  readonly faults: Fault[] = [];
  isSensitive: boolean;
  /** Whether the plaintext of something the value needs is not at hand. */
  isRedacted = false;
  /** How long the longest chain of references is, and the id of its first key. */
  levels = 0;
  deepest: string | undefined;
  /** Whether the value is beyond its limits, so that following more would be in vain. */
  isFull = false;

  readonly #around: Surroundings;
  readonly #isHolderSensitive: boolean;
  #expandedBytes = 0;

  constructor(around: Surroundings, isHolderSensitive: boolean) {
    this.#around = around;
    this.#isHolderSensitive = isHolderSensitive;
    this.isSensitive = isHolderSensitive;
  }

  /** What takes the place of `mark`: itself, where it is at fault or may not be followed. */
  substitute(mark: Mark, pointer: JsonPointer): Substitute {
    const kept = { value: mark.text, text: mark.text };
    const followed = this.#follow(mark);
    if (followed.kind === "fault") {
      const { code, cause, next } = followed;
      this.faults.push({ code, cause, pointer, next });
    }
    return followed.kind === "given" ? followed : kept;
  }

  #follow(part: Mark): Followed {
    if (this.#around.countReference() > MAX_REFERENCES) return this.#fill(TOO_MANY);
    if (part.kind === "expression") return fault("RULE_VIOLATION", NO_EXPRESSIONS);
    if (part.kind === "secret") this.isSensitive = true;
    if (part.target === undefined) return fault("RULE_VIOLATION", NO_KEY);
    const id = idOf(part.target);
    const target = { env: this.#around.env, ...part.target };
    this.#around.addDependency(part.target);
    this.#note(part, target, { found: false });
    if (!this.#around.mayFollow(target, part.kind)) return KEPT;

    if (this.#around.path.includes(id)) {
      this.#note(part, target, { found: true });
      return fault("REFERENCE_CYCLE", IN_A_CIRCLE, id);
    }
    if (this.#around.path.length > MAX_PATH) return fault("RULE_VIOLATION", TOO_DEEP, id);
    return this.#take(part, target);
  }

  #take(part: ReferencePart, target: KeyRef): Followed {
    const id = idOf(target);
    const read = this.#around.read(target);
    const { winner, newest } = read.overlay;
    this.#note(part, target, { found: winner !== undefined, newest, ...read });
    this.isSensitive ||= read.isSensitive;
    if (read.levels >= this.levels) {
      this.levels = read.levels + 1;
      this.deepest = id;
    }

    const [first] = read.faults;
    if (read.isMissing) return KEPT;
    if (winner === undefined) return this.#fallBack(part, target);
    if (first !== undefined) return fault(first.code, first.cause, id);
    if (read.levels >= MAX_LEVELS) return fault("RULE_VIOLATION", TOO_DEEP, id);
    if (read.value !== undefined) return this.#give(read.value, id);
    this.isRedacted = true;
    return KEPT;
  }

  #fallBack({ fallback }: ReferencePart, target: KeyRef): Followed {
    if (fallback !== undefined) return this.#give(fallback, idOf(target));
    return fault("DANGLING_REFERENCE", `${formatPath(target)} does not exist`, idOf(target));
  }

  #give(value: Json, id: string): Followed {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    this.#expandedBytes += utf8Length(text);
    if (this.#expandedBytes > MAX_EXPANSION_BYTES) return this.#fill(TOO_LARGE, id);
    return { kind: "given", value, text };
  }

  #fill(cause: string, next?: string): Followed {
    this.isFull = true;
    return fault("RULE_VIOLATION", cause, next);
  }

  /** The fallback is part of the value, so it is left out where the value is sensitive itself. */
  #note(
    part: ReferencePart,
    target: KeyRef,
    met: {
      readonly found: boolean;
      readonly newest?: ItemVersion | undefined;
      readonly isSensitive?: boolean;
    },
  ): void {
    this.#around.addOutcome({
      expression: this.#isHolderSensitive ? withoutFallback(part) : part.text,
      target,
      version: met.newest?.version,
      sensitive: part.kind === "secret" || met.isSensitive === true,
      found: met.found,
    });
  }
}

const KEPT: Followed = { kind: "kept" };

const NO_EXPRESSIONS = "expressions are not supported yet; write $${{ for the text";
const NO_KEY = "a reference names no key";
const IN_A_CIRCLE = "the references lead in a circle";
export const TOO_DEEP: string = `the references are more than ${MAX_LEVELS} levels deep`;
const TOO_MANY = `there are more than ${MAX_REFERENCES} references`;
const TOO_LARGE = "what the references bring is larger than 1 MiB";

function fault(code: Fault["code"], cause: string, next?: string): Followed {
  return { kind: "fault", code, cause, next };
}

function withoutFallback({ text }: ReferencePart): string {
  const start = text.indexOf(":-");
  return start === -1 ? text : `${text.slice(0, start)}}`;
}
