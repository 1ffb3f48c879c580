import { gatewaySchema } from "../packages/gateway/src/index.ts";

/** The reference page of the gateway's configuration, in Markdown: made from the schema. */
export function configPage(): string {
  const root = gatewaySchema.jsonSchema({ flavour: "document" }) as Schema; // as it is written
  const definitions = root.$defs ?? {};
  const sections = Object.entries(root.properties ?? {}).map(([name, schema]) => {
    const rows = [...rowsOf(schema, { path: name, reload: "hot", definitions, open: [] })];
    return `## ${name}\n\n${TABLE_HEAD}\n${rows.map(toLine).join("\n")}\n`;
  });
  return `${HEAD}\n${sections.join("\n")}`;
}

/** What is read of a JSON Schema here. */
interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly "x-kind"?: string;
  readonly "x-bounds"?: string;
  readonly "x-reload"?: string;
  readonly "x-derived"?: string;
}

interface Row {
  readonly path: string;
  readonly kind: string;
  readonly default: string;
  readonly bounds: string;
  readonly reload: string;
  readonly description: string;
}

interface Place {
  readonly path: string;
  readonly reload: string;
  readonly isRequired?: boolean;
  readonly definitions: Readonly<Record<string, Schema>>;
  /** Definitions that the place lies in: what contains itself is listed once. */
  readonly open: readonly string[];
}

function* rowsOf(schema: Schema, place: Place): Iterable<Row> {
  const reload = schema["x-reload"] ?? place.reload;
  yield toRow(schema, { ...place, reload });
  yield* rowsBelow(schema, { ...place, reload, isRequired: false });
}

/** What lies in a place: members, items, the variants of a union. */
function* rowsBelow(schema: Schema, place: Place): Iterable<Row> {
  const { path, definitions, open } = place;
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    const found = definitions[name];
    if (found === undefined || open.includes(name)) return;
    yield* rowsBelow(found, { ...place, open: [...open, name] });
  }
  for (const part of schema.allOf ?? []) yield* rowsBelow(part, place);
  for (const part of schema.anyOf ?? []) yield* rowsBelow(part, variantPlace(part, place));
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const isRequired = schema.required?.includes(name) ?? false;
    yield* rowsOf(member, { ...place, path: `${path}.${name}`, isRequired });
  }
  if (schema.items !== undefined) yield* rowsBelow(schema.items, { ...place, path: `${path}[]` });
  const rest = schema.additionalProperties;
  if (typeof rest === "object") yield* rowsBelow(rest, { ...place, path: `${path}.*` });
}

function variantPlace(variant: Schema, place: Place): Place {
  const tag = tagOf(variant);
  return tag === undefined ? place : { ...place, path: `${place.path}(${tag})` };
}

function tagOf({ properties = {} }: Schema): string | undefined {
  for (const name of ["type", "backend"]) {
    const values = properties[name]?.enum ?? [];
    if (values.length === 1) return String(values[0]);
  }
  return undefined;
}

function toRow(schema: Schema, { path, reload, isRequired = false }: Place): Row {
  const derived = schema["x-derived"];
  return {
    path,
    kind: kindOf(schema),
    default: defaultOf(schema, isRequired, derived),
    bounds: schema["x-bounds"] ?? "",
    reload,
    description: schema.description ?? "",
  };
}

function kindOf(schema: Schema): string {
  const kind = `${schema["x-kind"] ?? ""}${elementOf(schema)}`;
  const nullable = schema.anyOf?.some(({ type }) => type === "null") === true ? "?" : "";
  const values = schema.enum ?? schema.anyOf?.find((part) => part.enum !== undefined)?.enum;
  const choices =
    values === undefined ? "" : `: ${values.map((v) => `\`${String(v)}\``).join(", ")}`;
  return `${kind}${nullable}${choices}`;
}

/** Of lists and maps: what they hold. */
function elementOf(schema: Schema): string {
  const own = [schema, ...(schema.anyOf ?? [])];
  const rest = own.map(({ additionalProperties }) => additionalProperties).find(Boolean);
  const element = own.find(({ items }) => items !== undefined)?.items ?? rest;
  const kind = typeof element === "object" ? element["x-kind"] : undefined;
  return kind === undefined ? "" : ` of ${kind}`;
}

function defaultOf(schema: Schema, isRequired: boolean, derived: string | undefined): string {
  if (schema.default !== undefined) return `\`${JSON.stringify(schema.default)}\``;
  if (derived !== undefined) return `by ${derived}`;
  return isRequired ? "required" : "";
}

function toLine({ path, kind, default: value, bounds, reload, description }: Row): string {
  const cells = [`\`${path}\``, kind, value, bounds, reload, description];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const TABLE_HEAD =
  "| Path | Kind | Default | Bounds | Takes effect | Meaning |\n| --- | --- | --- | --- | --- | --- |";

const HEAD = `# Configuration of a gateway

Every field of a gateway's configuration. A file may be YAML, TOML or JSON, and needs no more than what is required here: the rest has
defaults. Editors check and complete a file that begins with

\`\`\`yaml
# yaml-language-server: $schema=./docs/schema/gateway.authoring.json
\`\`\`

where the address leads to [gateway.authoring.json](../schema/gateway.authoring.json), as a URL or as a path from the file; \`llmcfg gateway
schema\` prints it. [gateway.document.json](../schema/gateway.document.json) is for the merged document in its canonical form.

- **Path:** \`[]\` is any item of a list, \`.*\` any member of a map, \`(name)\` the variant of that \`type\` or \`backend\`. A \`?\` behind a kind:
  \`null\` is allowed.
- **Kinds:** a \`duration\` has units (\`90s\`, \`1m 30s\`), a \`size\` is bytes or has one (\`10MiB\`), a \`secret\` is a reference such as \`\${secret:path}\`
  or \`\${env:NAME}\`, a \`material\` is a path or a reference to the content, \`text\` and \`url\` may hold references, a \`string\` no secret ones.
- **Takes effect:** \`hot\` at once; \`drain\` for new connections and requests, old ones finish on the old value; \`restart\` when the process
  starts anew.
- What is wrong with a file, and how to mend it: [findings](findings.md).
`;
