import type { ConfigPath, Located } from "@llmcfg/config";
import type { Json, JsonObject } from "@llmcfg/core";
import type { ImportOptions } from "./foreign.ts";
import type { LeafLedger } from "./leaf-ledger.ts";
import { mapTexts } from "./map-texts.ts";

interface Found {
  readonly value: string;
  readonly suggestedPath: string;
}

/**
 * The credentials that stand in the input (GWI-3). None of them is copied: the document gets
 * placeholders, which become references at the end if they are to be stored somewhere.
 */
export class Literals {
  readonly #product: string;
  readonly #mode: NonNullable<ImportOptions["literals"]>;
  readonly #ledger: LeafLedger;
  readonly #marks = new Map<string, string>();
  readonly #byPlaceholder = new Map<string, Found>();

  constructor(
    product: string,
    { mode, ledger }: { readonly mode: ImportOptions["literals"]; readonly ledger: LeafLedger },
  ) {
    this.#product = product;
    this.#mode = mode ?? "refuse";
    this.#ledger = ledger;
  }

  /** Stands for a literal until it is known which provider it belongs to; equal for equal ones. */
  mark(literal: string): string {
    const mark = this.#marks.get(literal) ?? `\0literal ${this.#marks.size}`;
    this.#marks.set(literal, mark);
    return mark;
  }

  /** The value with its marks replaced by placeholders for secrets of this owner. */
  unmark(value: Json, owner: string): Json {
    const literals = new Map([...this.#marks].map(([literal, mark]) => [mark, literal] as const));
    return mapTexts(value, (text, path) => {
      const literal = literals.get(text);
      return literal === undefined
        ? text
        : this.#placeholder(literal, `${owner}/${path.join(".")}`);
    });
  }

  /** The placeholder for a literal, whose leaf is settled. */
  replace(
    node: Located,
    literal: string,
    place: { readonly name: string; readonly to: ConfigPath },
  ): string {
    this.settle(node, place.to);
    return this.#placeholder(literal, place.name);
  }

  /** Says of a leaf that it holds a credential. */
  settle(node: Located, to: ConfigPath | undefined): void {
    if (this.#mode === "refuse") {
      const note =
        "a credential stands here: store it as a secret, or move or redact it while importing";
      this.#ledger.settle(node, { disposition: "refused", to, note });
    } else if (this.#mode === "redact") {
      const note = "the credential was not copied: store it where the reference points";
      this.#ledger.settle(node, { disposition: "approximated", to, note });
    } else {
      const note = "the credential was stored, and a reference to it written";
      this.#ledger.settle(node, { disposition: "mapped", to, note });
    }
  }

  /**
   * Stores what is to be stored, in the order of the document, and writes the references, with the
   * `secrets` block that they need.
   */
  async move(document: JsonObject): Promise<JsonObject> {
    if (typeof this.#mode !== "object" || this.#byPlaceholder.size === 0) return document;
    const { secrets } = this.#mode;
    const references = new Map<string, string>();
    for (const [placeholder, { value, suggestedPath }] of this.#byPlaceholder) {
      const bytes = new TextEncoder().encode(value);
      references.set(placeholder, await this.#mode.moveTo(suggestedPath, bytes));
    }
    const moved = mapTexts(document, (text) => references.get(text) ?? text);
    return { ...(moved as JsonObject), ...(secrets === undefined ? {} : { secrets }) }; // texts alone changed
  }

  #placeholder(literal: string, name: string): string {
    const base = `imported/${this.#product}/${name.replaceAll(/[^A-Za-z0-9/_.-]+/g, "-")}`;
    for (let count = 1; ; count += 1) {
      const suggestedPath = count === 1 ? base : `${base}-${count}`;
      const placeholder = `\${secret:${suggestedPath}}`;
      const taken = this.#byPlaceholder.get(placeholder);
      if (taken !== undefined && taken.value !== literal) continue;
      this.#byPlaceholder.set(placeholder, { value: literal, suggestedPath });
      return placeholder;
    }
  }
}
