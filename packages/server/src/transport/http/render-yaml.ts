import { isJsonArray, isJsonObject, type Json } from "@llmcfg/core";

/** The value as YAML 1.2 that reads back as the same JSON, in block style. Ends in a newline. */
export function renderYaml(value: Json): string {
  return `${render(value, "").trimStart()}\n`;
}

/** Begins with a space or, for what stands below its name, with a line break. */
function render(value: Json, indent: string): string {
  if (isJsonArray(value)) return value.length === 0 ? " []" : renderArray(value, indent);
  if (!isJsonObject(value)) return ` ${renderScalar(value)}`;
  const members = Object.entries(value);
  if (members.length === 0) return " {}";
  return members
    .map(([name, member]) => `\n${indent}${renderScalar(name)}:${render(member, `${indent}  `)}`)
    .join("");
}

function renderArray(elements: readonly Json[], indent: string): string {
  return elements
    .map(
      (element) =>
        `\n${indent}-${isNested(element) ? renderNested(element, indent) : render(element, indent)}`,
    )
    .join("");
}

function isNested(element: Json): boolean {
  return typeof element === "object" && element !== null && Object.keys(element).length > 0;
}

/** Its first line goes behind the dash. */
function renderNested(element: Json, indent: string): string {
  return ` ${render(element, `${indent}  `).trimStart()}`;
}

const PLAIN = /^[A-Za-z_](?:[A-Za-z0-9_./ -]*[A-Za-z0-9_./-])?$/;
/** What some reader of YAML takes for something else than text. */
const NOT_TEXT = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/** A string in double quotes is written as in JSON, which YAML 1.2 takes over. */
function renderScalar(value: Exclude<Json, object> | null): string {
  if (typeof value !== "string") return String(value);
  return PLAIN.test(value) && !NOT_TEXT.test(value) ? value : JSON.stringify(value);
}
