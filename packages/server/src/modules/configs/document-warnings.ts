import type { Finding } from "@llmcfg/core";
import type { Draft } from "./draft.ts";
import type { DocumentReader } from "./ports.ts";

/** Of all documents of a change set together: others wait for their turn meanwhile. */
const MAX_LOOKED_AT = 65_536;

/**
 * Looks whether documents are what their content types promise. A value is the author's own affair,
 * so one that is broken is told of and stored.
 *
 * One is made for each change set: what is beyond 64 Ki characters of it is not looked at.
 */
export class DocumentWarnings {
  readonly #reader: DocumentReader;
  #left: number = MAX_LOOKED_AT;

  constructor(reader: DocumentReader) {
    this.#reader = reader;
  }

  of({ item, plaintext }: Draft): readonly Finding[] {
    const { type, contentType } = item;
    if (type !== "document" || contentType === undefined) return [];
    if (typeof plaintext !== "string" || plaintext.length > this.#left) return [];

    this.#left -= plaintext.length;
    const fault = this.#reader.faultIn(plaintext, contentType);
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
}
