import { memberNames } from "../member-names.ts";
import { SchemaNode } from "../node.ts";
import { defOf } from "../zod-def.ts";
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
 * The schema of merged documents: names and values in their one canonical spelling, defaults in or
 * not. What contains itself is a definition, everything else stands where it is used.
 *
 * @param base what a name of a definition is put behind, to refer to it
 */
export function writeDocumentSchema(root: SchemaNode, base: string): WrittenSchema {
  const writer = new DocumentWriter(base);
  return { schema: writer.write(root, root.kind), definitions: writer.definitions };
}

class DocumentWriter {
  readonly definitions = new Map<string, JsonSchema>();
  readonly #base: string;
  /** What is being written, with the name under which it was met again. */
  readonly #open = new Map<SchemaNode["core"], string | undefined>();

  constructor(base: string) {
    this.#base = base;
  }

  /** @param name what a definition is called that becomes necessary here */
  write(node: SchemaNode, name: string): JsonSchema {
    const shape = this.#shape(node, name);
    const isOpen = node.nullable && node.kind !== "json";
    return { ...notesOf(node), ...(isOpen ? { anyOf: [shape, { type: "null" }] } : shape) };
  }

  #shape(node: SchemaNode, name: string): JsonSchema {
    if (node.type !== "object" && node.type !== "union") return this.#simple(node, name);
    if (this.#open.has(node.core)) {
      const given = this.#open.get(node.core) ?? this.#newName(name);
      this.#open.set(node.core, given);
      return { $ref: `${this.#base}${given}` };
    }
    this.#open.set(node.core, undefined);
    const body = node.type === "object" ? this.#object(node) : this.#union(node, name);
    const given = this.#open.get(node.core);
    this.#open.delete(node.core);
    if (given === undefined) return body;
    this.definitions.set(given, body);
    return { allOf: [{ $ref: `${this.#base}${given}` }] };
  }

  #simple(node: SchemaNode, name: string): JsonSchema {
    const { element } = node;
    switch (node.type) {
      case "list":
        return {
          type: "array",
          ...(element === undefined ? {} : { items: this.write(element, name) }),
          ...itemBounds(node),
        };
      case "map":
        return {
          type: "object",
          ...namesOf(node),
          additionalProperties: element === undefined ? {} : this.write(element, name),
        };
      case "object":
      case "union":
      case "leaf":
        return this.#leaf(node);
    }
  }

  #object(node: SchemaNode): JsonSchema {
    const members = [...node.members].map(([name, member]) => [name, this.write(member, name)]);
    const rest = node.element === undefined ? {} : { rest: this.write(node.element, "rest") };
    return objectOf(Object.fromEntries(members), { required: requiredOf(node), ...rest });
  }

  #union(node: SchemaNode, name: string): JsonSchema {
    return anyOf(
      node.variants.map((variant) =>
        this.write(variant, variantName(variant, name, node.discriminator)),
      ),
    );
  }

  /** Long grammars are written once. */
  #leaf(node: SchemaNode): JsonSchema {
    const schema = leafSchema(node, "canonical");
    if (node.kind !== "duration" && node.kind !== "time") return schema;
    this.definitions.set(node.kind, schema);
    return { allOf: [{ $ref: `${this.#base}${node.kind}` }] };
  }

  #newName(wanted: string): string {
    const taken = new Set([...this.definitions.keys(), ...this.#open.values()]);
    let name = wanted;
    for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
    return name;
  }
}

/** Which names the members of a map can have. */
function namesOf({ core }: SchemaNode): JsonSchema {
  const def = defOf(core);
  if (def.type !== "record") return {};
  const { pattern } = leafSchema(new SchemaNode(def.keyType), "canonical");
  return typeof pattern === "string" ? { propertyNames: { type: "string", pattern } } : {};
}

/** The variant's own tag, if it has one. */
export function variantName(variant: SchemaNode, fallback: string, tagName = "type"): string {
  const [tag] = variant.members.get(tagName)?.values ?? [];
  return tag ?? (memberNames(variant).length > 0 ? `${fallback}_object` : fallback);
}
