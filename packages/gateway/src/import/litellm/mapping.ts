import {
  type ConfigPath,
  Duration,
  formatConfigPath,
  type Located,
  type LocatedObject,
} from "@llmcfg/config";
import type { Json, JsonObject } from "@llmcfg/core";
import { escapeText } from "../escape-text.ts";
import { isCredential } from "../find-credential.ts";
import type { ImportOptions } from "../foreign.ts";
import type { LeafLedger, Settlement } from "../leaf-ledger.ts";
import { Literals } from "../literals.ts";
import { digitsOf, isNothing, member, textOf } from "../read-node.ts";
import { withMember } from "../with-member.ts";

/** A value that settles nothing yet: what it says of a leaf holds once its place is known. */
export interface Claim {
  readonly node: Located;
  readonly settlement: Settlement;
  /** The leaf is a credential. */
  readonly isLiteral?: boolean;
}

/** An import of a LiteLLM configuration under way: what was read, and what came of it so far. */
export class LitellmMapping {
  readonly root: LocatedObject;
  readonly ledger: LeafLedger;
  readonly literals: Literals;
  readonly #references: "env" | "secret";
  readonly #origins = new Map<ConfigPath, readonly string[]>();
  #document: JsonObject = {};

  constructor(
    read: { readonly root: LocatedObject; readonly ledger: LeafLedger },
    options: ImportOptions,
  ) {
    this.root = read.root;
    this.ledger = read.ledger;
    this.literals = new Literals("litellm", { mode: options.literals, ledger: read.ledger });
    this.#references = options.envReferences ?? "env";
  }

  /** Its sections in the order in which they are read best. */
  get document(): JsonObject {
    const given = SECTIONS.filter((name) => Object.hasOwn(this.#document, name));
    return Object.fromEntries(given.map((name) => [name, this.#document[name] ?? null]));
  }

  /** Source paths by the provider or rule that came of them. */
  get origins(): ReadonlyMap<ConfigPath, readonly string[]> {
    return this.#origins;
  }

  get referencesAreEnv(): boolean {
    return this.#references === "env";
  }

  /** A member of `router_settings`, `litellm_settings` or another section. */
  setting(section: string, ...names: readonly string[]): Located | undefined {
    return member(this.root, section, ...names);
  }

  set(path: readonly string[], value: Json): void {
    this.#document = withMember(this.#document, path, value);
  }

  /** A value that the input does not have. */
  assume(path: readonly string[], value: Json, note: string): void {
    this.set(path, value);
    this.ledger.assume(pathOf(path), note);
  }

  /** The value of a leaf, at its place in the document. */
  map(node: Located | undefined, path: readonly string[], value: Json): void {
    this.set(path, value);
    this.ledger.settle(node, { disposition: "mapped", to: pathOf(path) });
  }

  /** As {@link map}, where the meaning is near and not the same. */
  approximate(
    node: Located | undefined,
    place: { readonly path: readonly string[]; readonly value: Json; readonly note: string },
  ): void {
    this.set(place.path, place.value);
    this.ledger.settle(node, {
      disposition: "approximated",
      to: pathOf(place.path),
      note: place.note,
    });
  }

  /** A leaf that says what holds here anyway. */
  settleDefault(node: Located | undefined, note: string): void {
    this.ledger.settle(node, { disposition: "mapped", note });
  }

  addOrigin(path: ConfigPath, node: Located): void {
    const source = this.ledger.pathOf(node);
    const known = this.#origins.get(path) ?? [];
    if (!known.includes(source)) this.#origins.set(path, [...known, source]);
  }

  /** The text for a field of kind `text` or `url`: a reference, or the text itself, escaped. */
  text(node: Located | undefined): string | undefined {
    const text = textOf(node) ?? digitsOf(node);
    if (text === undefined || text === "") return undefined;
    return text.startsWith("os.environ/") ? this.reference(text) : escapeText(text);
  }

  /** The text for an identifier, which shows in logs and so cannot be a secret. */
  label(node: Located | undefined): string | undefined {
    const text = this.text(node);
    return text?.startsWith("${secret:") === true ? undefined : text;
  }

  /** The reference that stands for `os.environ/X`, where our grammar has the name. */
  reference(text: string): string | undefined {
    const [, name] = /^os\.environ\/([A-Za-z_][A-Za-z0-9_]*)$/.exec(text) ?? [];
    return name === undefined ? undefined : this.variable(name);
  }

  /** The reference to a variable of the product's environment. */
  variable(name: string): string {
    return `\${${this.#references}:${name}}`;
  }

  /** The value of a field of kind `secret`, and whether it is a credential to be replaced. */
  secret(
    node: Located | undefined,
    name: string,
    isAlways: boolean,
  ): { readonly value: string; readonly isLiteral: boolean } | undefined {
    const text = textOf(node) ?? (isAlways ? digitsOf(node) : undefined);
    if (text === undefined || text === "") return undefined;
    if (text.startsWith("os.environ/")) {
      const value = this.reference(text);
      return value === undefined ? undefined : { value, isLiteral: false };
    }
    if (!isAlways && !isCredential(name, text))
      return { value: escapeText(text), isLiteral: false };
    return { value: this.literals.mark(text), isLiteral: true };
  }

  /** Says what became of the leaves of claims, at their place in the document. */
  settleClaims(claims: readonly Claim[]): void {
    for (const { node, settlement, isLiteral } of claims) {
      if (isLiteral === true) this.literals.settle(node, settlement.to);
      else this.ledger.settle(node, settlement);
    }
  }

  /** Members that are there and hold nothing say nothing. */
  settleNothing(nodes: Iterable<Located | undefined>): void {
    for (const node of nodes) {
      if (node !== undefined && isNothing(node)) this.settleDefault(node, "empty: nothing is set");
    }
  }
}

const SECTIONS = [
  "providers",
  "routing",
  "resilience",
  "server",
  "security",
  "observability",
  "extensions",
] as const;

export function pathOf(names: readonly string[]): ConfigPath {
  return formatConfigPath(names.map((name) => ({ type: "member", name })));
}

/** The canonical duration for seconds, to the millisecond. */
export function secondsText(seconds: number): string {
  return Duration.fromMs(Math.round(seconds * 1_000)).toString();
}
