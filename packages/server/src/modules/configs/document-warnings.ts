import { documentTypeOf, type Finding } from "@llmcfg/core";
import type { Operation } from "./change-set.ts";
import type { Draft } from "./draft.ts";
import type { DocumentFault, DocumentReader } from "./ports.ts";

/** Of all documents of a change set together. */
const MAX_LOOKED_AT = 65_536;
/** For one document, with the start of whatever looks at it. Ordinary ones need a tenth of it. */
const MAX_MS = 3000;

/**
 * Looks whether documents are what their content types promise. A value is the author's own affair,
 * so one that is broken is told of and stored.
 *
 * One is made for each change set: what is beyond 64 Ki characters of it is not looked at, nor
 * whatever comes after a document that took too long. Each document is looked at once, however often
 * the change set is checked.
 */
export class DocumentWarnings {
  readonly #reader: DocumentReader;
  /** By content type, then by text. */
  readonly #known = new Map<string, Map<string, DocumentFault | undefined>>();
  #left: number = MAX_LOOKED_AT;

  constructor(reader: DocumentReader) {
    this.#reader = reader;
  }

  /** Looks at the documents whose content types are known before anything is read of the state. */
  async lookAhead(operations: readonly Operation[]): Promise<void> {
    for (const operation of operations) {
      if (operation.op !== "put" || typeof operation.value !== "string") continue;
      const { type = "document", contentType } = operation.about;
      const likely = contentType ?? documentTypeOf(operation.ref.key);
      if (type !== "document" || likely === undefined) continue;
      await this.#faultIn(operation.value, likely);
    }
  }

  async of({ item, plaintext }: Draft): Promise<readonly Finding[]> {
    const { type, contentType } = item;
    if (type !== "document" || contentType === undefined) return [];
    if (typeof plaintext !== "string") return [];

    const fault = await this.#faultIn(plaintext, contentType);
    if (fault === undefined) return [];
    const { language, detail, line, column } = fault;
    const where = `line ${line}, column ${column}`;
    return [
      {
        pointer: "",
        code: "MALFORMED_DOCUMENT",
        detail: `the document is no ${language} at ${where}: ${detail}`,
        expected: `well-formed ${language}`,
        line,
        column,
      },
    ];
  }

  async #faultIn(text: string, contentType: string): Promise<DocumentFault | undefined> {
    const known = this.#known.get(contentType);
    if (known?.has(text) === true) return known.get(text);
    if (text.length > this.#left) return undefined;
    this.#left -= text.length;
    const signal = AbortSignal.timeout(MAX_MS);
    const fault = await this.#reader.faultIn(text, contentType, { signal });
    if (signal.aborted) this.#left = 0;
    this.#known.set(contentType, (known ?? new Map()).set(text, fault));
    return fault;
  }
}
