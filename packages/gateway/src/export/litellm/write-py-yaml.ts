import type { Json } from "@llmcfg/core";
import { Document, type Scalar, type ScalarTag, type SchemaOptions, visit } from "yaml";

/** A number whose digits are written as they are: no exponent, which PyYAML would read as text. */
export class Digits {
  readonly text: string;

  constructor(text: string) {
    this.text = text.includes(".") ? text : `${text}.0`;
  }
}

/** What {@link writePyYaml} writes. */
export type PyYaml = Json | Digits | readonly PyYaml[] | { readonly [name: string]: PyYaml };

/** The text of a value that PyYAML reads as that value: quotes stand where YAML 1.1 needs them. */
export function writePyYaml(value: PyYaml, comment: string): string {
  const document = new Document(value, null, {
    version: "1.1",
    aliasDuplicateObjects: false,
    customTags: withDigits,
  });
  visit(document, { Scalar: (_, scalar) => quoteIfMisread(scalar) });
  document.commentBefore = ` ${comment}`;
  return document.toString({ lineWidth: 0, directives: false });
}

const withDigits: NonNullable<SchemaOptions["customTags"]> = (tags) => [DIGITS, ...tags];

const DIGITS: ScalarTag = {
  identify: (value) => value instanceof Digits,
  default: true,
  tag: "tag:yaml.org,2002:float",
  resolve: (text) => text,
  test: /^$a/, // nothing is read with it
  stringify: ({ value }) => (value instanceof Digits ? value.text : String(value)),
};

/** `1e5`, `.5` and dates are text for one reader and not for the other: quotes leave no doubt. */
function quoteIfMisread(scalar: Scalar): void {
  if (typeof scalar.value === "string" && /^[-+.0-9=]|^[yYnN]$/.test(scalar.value))
    scalar.type = "QUOTE_DOUBLE";
}
