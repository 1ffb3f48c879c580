/**
 * The schema as the rest of the library walks it: kinds, members and notes instead of zod's
 * wrappers. Members are looked at when they are asked for, so a schema may contain itself.
 *
 * @module
 */

import type { Json } from "@llmcfg/core";
import type * as z from "zod";
import {
  type Annotations,
  annotationsOf,
  type MaterialCheck,
  type MaterialRules,
  materialRulesOf,
} from "./annotations.ts";
import { boundsOf } from "./bounds.ts";
import { toDocument } from "./document.ts";
import { defOf, isInteger, isJsonType } from "./zod-def.ts";

export type NodeType = "object" | "map" | "list" | "union" | "leaf";

type Scalar = string | number | boolean | null;

/** What the layers of `optional`, `nullable`, `default` around a type amount to. */
interface Wrapping {
  optional: boolean;
  nullable: boolean;
  /** In document form; `prefault` too. */
  default: Json | undefined;
  notes: Annotations;
  rules: MaterialRules | undefined;
}

export class SchemaNode {
  readonly type: NodeType;
  /** Of §3.2: `int`, `duration`, `text`, `keyed list`, `object`… */
  readonly kind: string;
  readonly notes: Annotations;
  /** Whether a document may leave it out. */
  readonly optional: boolean;
  readonly nullable: boolean;
  readonly default: Json | undefined;
  readonly bounds: string | undefined;
  /** Of text that may be secret: runs on what it resolves to. */
  readonly materialCheck: MaterialCheck | undefined;
  /** Of a secret: whether a literal gives nothing away. */
  readonly isPublicLiteral: (literal: string) => boolean;
  /** Of a union: the member whose text chooses the variant. */
  readonly discriminator: string | undefined;
  /** The type itself, without what is wrapped around it. */
  readonly core: z.core.$ZodType;
  /** This node by itself, always the same list: what a place has that no union leaves open. */
  readonly alone: readonly SchemaNode[] = [this];
  #aliases: ReadonlyMap<string, string> | undefined;
  #members: ReadonlyMap<string, SchemaNode> | undefined;
  #element: SchemaNode | undefined;
  #variants: readonly SchemaNode[] | undefined;
  #memberNames: readonly string[] | undefined;
  #values: readonly string[] | undefined;
  #tags: SchemaNode["tags"] | undefined;

  constructor(schema: z.core.$ZodType) {
    const { core, wrapping } = unwrap(schema);
    const def = defOf(core);
    this.core = core;
    this.type = typeOf(core, wrapping.notes);
    this.kind = wrapping.notes.kind ?? kindOf(core);
    this.notes = wrapping.notes;
    this.optional = wrapping.optional;
    this.nullable = wrapping.nullable || def.type === "null";
    this.default = wrapping.default;
    this.bounds = wrapping.notes.bounds ?? boundsOf(core);
    this.materialCheck = wrapping.rules?.check;
    this.isPublicLiteral = wrapping.rules?.isPublic ?? (() => false);
    this.discriminator =
      def.type === "union" && "discriminator" in def ? String(def.discriminator) : undefined;
  }

  /** Whether what stands here is never shown: its values become handles. */
  get isSecret(): boolean {
    return this.kind === "secret" || this.kind === "material";
  }

  /** The named members of an object, in the order of the schema. */
  get members(): ReadonlyMap<string, SchemaNode> {
    this.#members ??= membersOf(this.core);
    return this.#members;
  }

  /** Other names of members, with the names they stand for. */
  get aliases(): ReadonlyMap<string, string> {
    this.#aliases ??= new Map(
      [...this.members].flatMap(([name, { notes }]) =>
        (notes.aliases ?? []).map((alias) => [alias, name] as const),
      ),
    );
    return this.#aliases;
  }

  /** What a list holds, or a map, or an object beside its named members. */
  get element(): SchemaNode | undefined {
    this.#element ??= elementOf(this.core);
    return this.#element;
  }

  get variants(): readonly SchemaNode[] {
    this.#variants ??= variantsOf(this.core);
    return this.#variants;
  }

  /** The names that members can have, of every variant of a union. */
  get memberNames(): readonly string[] {
    this.#memberNames ??=
      this.type === "union"
        ? this.variants.flatMap(({ memberNames }) => memberNames)
        : [...this.members.keys()];
    return this.#memberNames;
  }

  /** Of an enum: the canonical values as text. */
  get values(): readonly string[] {
    this.#values ??= this.notes.values ?? this.literals.map(String);
    return this.#values;
  }

  /** The members that can have only some values, with those: they tell variants of a union apart. */
  get tags(): readonly (readonly [name: string, values: readonly string[]])[] {
    this.#tags ??= [...this.members].flatMap(([name, { values }]) =>
      values.length === 0 ? [] : [[name, values] as const],
    );
    return this.#tags;
  }

  /** Of an enum: what a document may have here. */
  get literals(): readonly Scalar[] {
    return literalsOf(this.core);
  }
}

function unwrap(schema: z.core.$ZodType): {
  readonly core: z.core.$ZodType;
  readonly wrapping: Wrapping;
} {
  const wrapping: Wrapping = {
    optional: false,
    nullable: false,
    default: undefined,
    notes: {},
    rules: undefined,
  };
  let type = schema;
  for (;;) {
    wrapping.notes = { ...annotationsOf(type), ...wrapping.notes }; // the outer one wins
    wrapping.rules ??= materialRulesOf(type);
    const inner = peel(type, wrapping);
    if (inner === undefined) return { core: type, wrapping };
    type = inner;
  }
}

/** The type inside a wrapper, whose meaning is added to `wrapping`; nothing if it is none. */
function peel(type: z.core.$ZodType, wrapping: Wrapping): z.core.$ZodType | undefined {
  const def = defOf(type);
  if (def.type === "pipe") {
    if (wrapping.notes.kind !== undefined) return undefined;
    return defOf(def.in).type === "transform" ? def.out : def.in; // `z.preprocess`
  }
  if (def.type === "lazy") return isJsonType(type) ? undefined : def.getter();
  if (!("innerType" in def) || def.type === "promise" || def.type === "success") return undefined;

  if (def.type === "nullable") wrapping.nullable = true;
  if (def.type === "optional") wrapping.optional = true;
  if (def.type === "nonoptional") wrapping.optional = false;
  if (def.type === "default" || def.type === "prefault") {
    wrapping.optional = true;
    if (wrapping.default === undefined) wrapping.default = toDocument(def.defaultValue);
  }
  return def.innerType;
}

function typeOf(core: z.core.$ZodType, notes: Annotations): NodeType {
  const type = NODE_TYPES[defOf(core).type] ?? "leaf";
  return type === "union" && notes.kind !== undefined ? "leaf" : type;
}

const NODE_TYPES: Readonly<Record<string, NodeType>> = {
  object: "object",
  record: "map",
  array: "list",
  union: "union",
};

function kindOf(core: z.core.$ZodType): string {
  const def = defOf(core);
  if (def.type === "number") return isInteger(def) ? "int" : "number";
  return KINDS[def.type] ?? def.type;
}

const KINDS: Readonly<Record<string, string>> = {
  template_literal: "string",
  boolean: "bool",
  literal: "enum",
  record: "map",
  array: "list",
  unknown: "json",
  any: "json",
  lazy: "json",
};

function membersOf(core: z.core.$ZodType): ReadonlyMap<string, SchemaNode> {
  const def = defOf(core);
  if (def.type !== "object") return new Map();
  return new Map(Object.entries(def.shape).map(([name, type]) => [name, new SchemaNode(type)]));
}

function elementOf(core: z.core.$ZodType): SchemaNode | undefined {
  const def = defOf(core);
  if (def.type === "record") return new SchemaNode(def.valueType);
  if (def.type === "array") return new SchemaNode(def.element);
  if (def.type !== "object" || def.catchall === undefined) return undefined;
  return defOf(def.catchall).type === "never" ? undefined : new SchemaNode(def.catchall);
}

function variantsOf(core: z.core.$ZodType): readonly SchemaNode[] {
  const def = defOf(core);
  return def.type === "union" ? def.options.map((option) => new SchemaNode(option)) : [];
}

function literalsOf(core: z.core.$ZodType): readonly Scalar[] {
  const def = defOf(core);
  const values = def.type === "enum" ? Object.values(def.entries) : [];
  const all: readonly unknown[] = def.type === "literal" ? def.values : values;
  return all.filter(isScalar);
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
