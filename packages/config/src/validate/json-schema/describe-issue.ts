import type { ErrorObject } from "ajv";

/** One thing that a JSON Schema has against a document. Quotes nothing of the document but names. */
export interface SchemaIssue {
  /** Where it is: of a key that is missing or not allowed, the key. */
  readonly pointer: string;
  readonly keyword: string;
  readonly message: string;
}

/** What Ajv has found, in the words of this library. */
export function describeIssue(error: ErrorObject): SchemaIssue {
  const { instancePath, keyword } = error;
  const key = keyOf(error);
  const pointer = key === undefined ? instancePath : `${instancePath}/${escape(key)}`;
  return { pointer, keyword, message: messageOf(error) };
}

/** The member that the error is about, where it is reported at the object. */
function keyOf({ keyword, params }: ErrorObject): string | undefined {
  const given = params as Readonly<Record<string, unknown>>; // by keyword
  const name = PARAMETERS.get(keyword);
  const key = name === undefined ? undefined : given[name];
  return typeof key === "string" ? key : undefined;
}

const PARAMETERS: ReadonlyMap<string, string> = new Map([
  ["required", "missingProperty"],
  ["additionalProperties", "additionalProperty"],
  ["unevaluatedProperties", "unevaluatedProperty"],
  ["propertyNames", "propertyName"],
]);

function escape(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function messageOf({
  keyword,
  schema,
  message = "is not as the schema wants it",
}: ErrorObject): string {
  switch (keyword) {
    case "required":
      return "is required";
    case "additionalProperties":
    case "unevaluatedProperties":
      return "is a key that the schema does not allow";
    case "type":
      return `must be of type ${[schema].flat().join(" or ")}`;
    case "enum":
      return `must be one of ${(schema as readonly unknown[]).map(toText).join(", ")}`; // by its keyword
    case "const":
      return `must be ${toText(schema)}`;
    case "pattern":
      return `must match the pattern ${String(schema)}`;
    case "format":
      return `must be of the format ${String(schema)}`;
    case "minLength":
      return `must have at least ${String(schema)} characters`;
    case "maxLength":
      return `must have at most ${String(schema)} characters`;
    case "false schema":
      return "is not allowed";
    default:
      return message.replace(/^must NOT /, "must not ");
  }
}

function toText(value: unknown): string {
  return JSON.stringify(value) ?? "";
}
