import { type Json, nearestNames } from "@llmcfg/core";
import type * as z from "zod";
import type { WrittenFile } from "../doctor/written-file.ts";
import { formatConfigPath, type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import type { PlanAnalyser } from "../plan/plan.ts";
import type {
  ConfigSchema,
  CrossCheck,
  DefineSchemaOptions,
  Draft,
  FieldInfo,
  MaterialRule,
} from "./config-schema.ts";
import type { ConfigPath, DeepReadonly, ReloadClass } from "./config-types.ts";
import { defaultsOf, memberDefaults } from "./defaults.ts";
import { type JsonSchemaOptions, toJsonSchema } from "./json-schema.ts";
import { memberNames } from "./member-names.ts";
import { childrenOf, nodesAt } from "./navigate.ts";
import { SchemaNode } from "./node.ts";

/**
 * Makes a schema from a zod object. Its type is that of the configuration: nothing is declared
 * twice.
 *
 * @throws {TypeError} for zod types that no document can hold, once they are looked at
 * @example
 * ```ts
 * const schema = defineSchema({
 *   name: "gateway",
 *   envPrefix: "GATEWAY_",
 *   root: z.strictObject({ port: annotate(z.int().default(8080), { reload: "restart" }) }),
 * });
 * ```
 */
export function defineSchema<S extends z.ZodObject>(
  options: DefineSchemaOptions<S>,
): ConfigSchema<z.output<S>> {
  return new DefinedSchema<z.output<S>>(options);
}

/** What the loader needs beside the public face. */
export class DefinedSchema<T> implements ConfigSchema<T> {
  readonly name: string;
  readonly envPrefix: string | undefined;
  readonly root: z.ZodObject;
  readonly node: SchemaNode;
  readonly derive: ((draft: Draft) => void) | undefined;
  readonly crossChecks: readonly CrossCheck[];
  readonly materialRules: readonly MaterialRule[];
  readonly help: (code: string) => string | undefined;
  readonly secrets: ConfigPath | undefined;
  readonly analysers: readonly PlanAnalyser<T>[];
  readonly #writes: NonNullable<DefineSchemaOptions<z.ZodObject>["writes"]>;

  constructor(options: DefineSchemaOptions<z.ZodObject>) {
    this.name = options.name;
    this.envPrefix = options.envPrefix;
    this.root = options.root;
    this.node = new SchemaNode(options.root);
    this.derive = options.derive;
    this.crossChecks = options.crossChecks ?? [];
    this.materialRules = options.materialRules ?? [];
    this.help = options.help ?? (() => undefined);
    this.secrets = options.secrets;
    // T is the output of the root, which the options' type does not know here.
    this.analysers = (options.analysers ?? []) as unknown as readonly PlanAnalyser<T>[];
    this.#writes = options.writes ?? (() => []);
  }

  /** @throws {TypeError} for an object that {@link defineSchema} did not make */
  static of<T>(schema: ConfigSchema<T>): DefinedSchema<T> {
    if (schema instanceof DefinedSchema) return schema as DefinedSchema<T>; // of the same schema
    throw new TypeError("the schema was not made by defineSchema");
  }

  /** The files that an application with this configuration writes. */
  writes(config: DeepReadonly<T>): readonly WrittenFile[] {
    return this.#writes(config as Readonly<Record<string, unknown>>); // the output of the root
  }

  defaults(): Json {
    return memberDefaults(this.node);
  }

  jsonSchema(options: JsonSchemaOptions = {}): Readonly<Record<string, unknown>> {
    return toJsonSchema(this.root, options);
  }

  field(path: ConfigPath): FieldInfo | undefined {
    const segments = parseConfigPath(path);
    const [node] = nodesAt(this.node, segments);
    if (node === undefined) return undefined;
    return {
      path: formatConfigPath(segments),
      kind: node.kind,
      reload: this.reloadClass(segments),
      required: !node.optional && node.notes.derived === undefined,
      nullable: node.nullable,
      default: node.default === undefined ? undefined : defaultsOf(node),
      secret: node.isSecret,
      bounds: node.bounds,
      description: node.notes.description,
    };
  }

  suggest(path: ConfigPath): readonly ConfigPath[] {
    const segments = parseConfigPath(path);
    let nodes: readonly SchemaNode[] = [this.node];
    for (const [depth, segment] of segments.entries()) {
      const next = nodes.flatMap((node) => childrenOf(node, segment));
      if (next.length === 0) return this.#suggestAt(nodes, segments, depth);
      nodes = next;
    }
    return [];
  }

  /** DIF-11: of the place itself, else of its nearest ancestor, else hot. */
  reloadClass(segments: readonly PathSegment[]): ReloadClass {
    let reload: ReloadClass = this.node.notes.reload ?? "hot";
    let nodes: readonly SchemaNode[] = [this.node];
    for (const segment of segments) {
      nodes = nodes.flatMap((node) => childrenOf(node, segment));
      reload = nodes.find((node) => node.notes.reload !== undefined)?.notes.reload ?? reload;
    }
    return reload;
  }

  #suggestAt(
    nodes: readonly SchemaNode[],
    segments: readonly PathSegment[],
    depth: number,
  ): readonly ConfigPath[] {
    const segment = segments[depth];
    if (segment?.type !== "member") return [];
    const names = nodes.flatMap((node) => memberNames(node));
    return nearestNames(segment.name, names).map((name) =>
      formatConfigPath([
        ...segments.slice(0, depth),
        { type: "member", name },
        ...segments.slice(depth + 1),
      ]),
    );
  }
}
