import type { SchemaNode } from "../node.ts";
import { variantName } from "./document-schema.ts";
import { leafSchema } from "./leaf-schema.ts";
import {
  anyOf,
  itemBounds,
  type JsonSchema,
  notesOf,
  objectOf,
  requiredOf,
  type WrittenSchema,
} from "./schema-parts.ts";

/**
 * The schema of one layer as people write it: references, merge operators at every place, other
 * names of members and values, unquoted numbers that are text. What another layer may give need not
 * be there; an item of a list is whole, unless it is a patch.
 *
 * @param base what a name of a definition is put behind, to refer to it
 */
export function writeAuthoringSchema(root: SchemaNode, base: string): WrittenSchema {
  const writer = new AuthoringWriter(base);
  return { schema: writer.root(root), definitions: writer.definitions };
}

/** Where a place lies. */
interface Setting {
  /** What the definition of its form is called. */
  readonly name: string;
  /** Whether it lies in an item that is given whole. */
  readonly isWhole: boolean;
}

class AuthoringWriter {
  readonly definitions = new Map<string, JsonSchema>([
    ["reference", { type: "string", pattern: WHOLE_REFERENCE }],
    ["unset", objectOf({ $unset: { const: true } }, { required: ["$unset"] })],
  ]);
  readonly #base: string;
  /** The definitions of forms, by what they are forms of. */
  readonly #forms = new Map<SchemaNode["core"], Map<string, string>>();
  /** Forms of leaves, by their text. */
  readonly #leaves = new Map<string, string>();

  constructor(base: string) {
    this.#base = base;
  }

  root(node: SchemaNode): JsonSchema {
    const directives = {
      $schema: { type: "string", description: DIRECTIVES.$schema },
      $include: { type: "array", items: { type: "string" }, description: DIRECTIVES.$include },
    };
    const { properties, ...rest } = this.#object(node, { name: "", isWhole: false });
    return { ...notesOf(node), ...rest, properties: { ...directives, ...(properties as object) } }; // of an object
  }

  /** A place, with what is told about it. */
  #place(node: SchemaNode, setting: Setting): JsonSchema {
    return { ...notesOf(node), allOf: [this.#form(node, setting)] };
  }

  /** All that may stand at a place, as a definition, so that `$replace` can refer to it. */
  #form(node: SchemaNode, setting: Setting): JsonSchema {
    if (node.type === "leaf") return this.#leafForm(node);
    const forms = this.#forms.get(node.core) ?? new Map<string, string>();
    this.#forms.set(node.core, forms);
    const id = JSON.stringify([setting.isWhole, node.nullable, node.notes.key]);
    const known = forms.get(id);
    if (known !== undefined) return this.#refer(known);
    const isPatch = !setting.isWhole && setting.name.includes("_item");
    const name = this.#newName(isPatch ? `${setting.name}_patch` : setting.name);
    forms.set(id, name);
    this.#define(name, node, this.#values(node, setting));
    return this.#refer(name);
  }

  #leafForm(node: SchemaNode): JsonSchema {
    const values = leafValues(node);
    const id = JSON.stringify([values, node.nullable]);
    const known = this.#leaves.get(id);
    if (known !== undefined) return this.#refer(known);
    const name = this.#newName(node.kind.replaceAll(" ", "_"));
    this.#leaves.set(id, name);
    this.#define(name, node, values);
    return this.#refer(name);
  }

  #define(name: string, node: SchemaNode, values: readonly JsonSchema[]): void {
    const replace = objectOf({ $replace: this.#refer(name) }, { required: ["$replace"] });
    const nothing = node.nullable ? [{ type: "null" }] : [];
    const operators = [this.#refer("unset"), replace];
    // Free values allow anything by themselves.
    const forms = node.kind === "json" ? values : [...values, ...nothing, ...operators];
    const reference = node.type === "leaf" ? [] : [this.#refer("reference")];
    this.definitions.set(name, anyOf([...forms, ...reference]));
  }

  #values(node: SchemaNode, setting: Setting): readonly JsonSchema[] {
    switch (node.type) {
      case "union":
        return node.variants.flatMap((variant) => {
          const name = `${setting.name}_${variantName(variant, "variant", node.discriminator)}`;
          if (variant.type === "leaf") return leafValues(variant);
          return this.#values(variant, { ...setting, name });
        });
      case "object":
        return [this.#object(node, setting)];
      case "map": {
        const { element } = node;
        const rest = element === undefined ? {} : this.#place(element, below(setting, "value"));
        return [objectOf({ $unset: NAMES }, { rest })];
      }
      case "list":
        return this.#list(node, setting);
      case "leaf":
        return leafValues(node);
    }
  }

  #object(node: SchemaNode, setting: Setting): JsonSchema {
    const properties = [...node.members].flatMap(([name, member]) => {
      const schema = this.#place(member, below(setting, name));
      const aliases = (member.notes.aliases ?? []).map((alias) => [alias, schema] as const);
      return [[name, schema] as const, ...aliases];
    });
    const rest =
      node.element === undefined
        ? {}
        : { rest: this.#place(node.element, below(setting, "value")) };
    return {
      ...(node.notes.description === undefined ? {} : { description: node.notes.description }),
      ...objectOf(
        { ...Object.fromEntries(properties), $unset: NAMES },
        { required: setting.isWhole ? requiredNames(node) : [], ...rest },
      ),
    };
  }

  #list(node: SchemaNode, setting: Setting): readonly JsonSchema[] {
    const { element } = node;
    const name = `${setting.name}_item`;
    const item = element === undefined ? {} : this.#form(element, { name, isWhole: true });
    const items = { type: "array", items: item };
    const patch = element === undefined ? {} : this.#form(element, { name, isWhole: false });
    const isKeyed = node.notes.key !== undefined;
    const merge = isKeyed ? { $merge: { type: "object", additionalProperties: patch } } : {};
    const operators = {
      $unset: { type: "array", items: { anyOf: [{ type: "string" }, PLACE] } },
      ...merge,
      $prepend: items,
      $append: items,
    };
    return [
      { ...items, ...itemBounds(node) },
      { ...objectOf(operators, {}), minProperties: 1 },
    ];
  }

  #refer(name: string): JsonSchema {
    return { $ref: `${this.#base}${name}` };
  }

  #newName(wanted: string): string {
    const plain = wanted.replace(/^_/, "");
    let name = plain;
    for (let i = 2; this.#isTaken(name); i++) name = `${plain}_${i}`;
    this.definitions.set(name, {});
    return name;
  }

  #isTaken(name: string): boolean {
    return this.definitions.has(name);
  }
}

function below(setting: Setting, name: string): Setting {
  return { ...setting, name: `${setting.name}_${name}` };
}

/** A member with other names may stand under any of them: none can be demanded. */
function requiredNames(node: SchemaNode): readonly string[] {
  return requiredOf(node).filter((name) => node.members.get(name)?.notes.aliases === undefined);
}

/** What a single value may be written as. */
function leafValues(node: SchemaNode): readonly JsonSchema[] {
  const written = leafSchema(node, "written");
  if (node.kind === "json") return [written];
  const number = node.notes.lexical === true ? [{ type: "number" }] : [];
  const isAnyText = Object.keys(written).length === 1 && written["type"] === "string";
  if (isAnyText) return [written, ...number];
  return [written, ...number, { type: "string", pattern: referencePattern(node) }];
}

/** Text may have references in it; of everything else they are the whole value. */
function referencePattern({ kind }: SchemaNode): string {
  if (kind === "string") return "\\$\\{(?:env|file):";
  return kind === "url" ? "\\$\\{(?:env|file|secret):" : WHOLE_REFERENCE;
}

/** As the whole value, of what is no text of its own; secrets stand in text alone. */
const WHOLE_REFERENCE = "^\\$\\{(?:env:[A-Za-z_][A-Za-z0-9_]*(?::-[^}\\n]*)?|file:/[^}\\n]+)\\}$";

const PLACE: JsonSchema = { type: "integer", minimum: 0 };
const NAMES: JsonSchema = { type: "array", items: { type: "string" } };

const DIRECTIVES = {
  $schema: "The JSON Schema that editors check this file with; ignored otherwise.",
  $include: "Files that this one lies over: paths or globs, relative to the folder of this file.",
} as const;
