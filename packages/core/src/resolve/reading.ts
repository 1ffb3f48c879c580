import { checkJson } from "../check-json.ts";
import type { Json } from "../json.ts";
import type { KeyRef } from "../key-ref.ts";
import { expandValue } from "./expand-value.ts";
import type { LookUp, ReferenceOutcome, ResolveOptions, ServiceKey } from "./layers.ts";
import { type Overlay, overlayLayers } from "./overlay-layers.ts";
import { type Fault, idOf, type ReadValue } from "./read-value.ts";
import { ReferenceFollower, type Surroundings } from "./reference-follower.ts";

/**
 * Reads keys of one environment with their references expanded, each key at most once.
 *
 * That keeps the work linear where many references lead to one key. Goes on after a fault and past
 * a key that is not loaded, so that one round finds all there is to find.
 */
export class Reading implements Surroundings {
  readonly env: string;
  /** Ids of the keys that are being read, each needed by the one before it. */
  readonly path: string[] = [];

  readonly #lookUp: LookUp;
  readonly #options: ResolveOptions;
  readonly #values = new Map<string, ReadValue>();
  readonly #missing: ServiceKey[] = [];
  readonly #dependencies = new Map<string, ServiceKey>();
  readonly #outcomes = new Map<string, ReferenceOutcome>();
  #referenceCount = 0;

  constructor(env: string, lookUp: LookUp, options: ResolveOptions) {
    this.env = env;
    this.#lookUp = lookUp;
    this.#options = options;
  }

  read(key: ServiceKey): ReadValue {
    const id = idOf(key);
    const known = this.#values.get(id);
    if (known !== undefined) return known;

    this.addDependency(key);
    const layers = this.#lookUp(key);
    if (layers === undefined) this.#missing.push({ service: key.service, key: key.key });
    this.path.push(id);
    const expanded = this.#expand(key, overlayLayers(layers ?? []));
    this.path.pop();
    const value = { ...expanded, isMissing: layers === undefined };
    this.#values.set(id, value);
    return value;
  }

  #expand({ service }: ServiceKey, overlay: Overlay): Omit<ReadValue, "isMissing"> {
    const follower = new ReferenceFollower(this, overlay.winner?.sensitive ?? false);
    const written = overlay.value;
    const value =
      written === undefined || !this.#mayExpand(overlay)
        ? written
        : expandValue(written, {
            service,
            substitute: (mark, pointer) => follower.substitute(mark, pointer),
            isOver: () => follower.isFull,
          });
    if (value !== written) follower.faults.push(...faultsOfStructure(value));
    const isWhole = follower.faults.length === 0 && !follower.isRedacted;
    return {
      overlay,
      value: isWhole ? value : undefined,
      isSensitive: follower.isSensitive,
      isExpanded: !isWhole || value !== written,
      faults: follower.faults,
      levels: follower.levels,
      deepest: follower.deepest,
    };
  }

  /** Documents and binaries are kept byte for byte. */
  #mayExpand({ winner }: Overlay): boolean {
    if (this.#options.references === "keep") return false;
    return winner?.type !== "document" && winner?.type !== "binary";
  }

  /** What was read of a key; `undefined` where it was not read. */
  find(id: string): ReadValue | undefined {
    return this.#values.get(id);
  }

  /** Keys that have to be loaded. */
  get missing(): readonly ServiceKey[] {
    return this.#missing;
  }

  /** Every key that was looked at or referred to, in the order met. */
  get dependencies(): readonly ServiceKey[] {
    return [...this.#dependencies.values()];
  }

  /** In the order met; the same reference to the same key once. */
  get references(): readonly ReferenceOutcome[] {
    return [...this.#outcomes.values()];
  }

  mayFollow(target: KeyRef, kind: "ref" | "secret"): boolean {
    return this.#options.mayFollow?.(target, kind) ?? true;
  }

  countReference(): number {
    this.#referenceCount += 1;
    return this.#referenceCount;
  }

  addDependency({ service, key }: ServiceKey): void {
    this.#dependencies.set(idOf({ service, key }), { service, key });
  }

  addOutcome(outcome: ReferenceOutcome): void {
    this.#outcomes.set(`${idOf(outcome.target)} ${outcome.expression}`, outcome);
  }
}

/** Objects brought into objects may go beyond what readers accept, so that they could read nothing. */
function faultsOfStructure(value: Json | undefined): readonly Fault[] {
  const limits = checkJson(value).filter(({ code }) => code.startsWith("TOO_"));
  return limits.map(({ pointer, detail }) => ({
    code: "RULE_VIOLATION",
    cause: `with its references expanded, what stands here ${detail}`,
    pointer,
    next: undefined,
  }));
}
