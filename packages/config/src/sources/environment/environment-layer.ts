import { locate } from "../../merge/locate.ts";
import { mergeTrees } from "../../merge/merge-trees.ts";
import { settle } from "../../merge/settle.ts";
import type { Tree, TreeContext, ValueTree } from "../../merge/tree.ts";
import { formatConfigPath, formatPointer, type PathSegment } from "../../paths/config-path.ts";
import type { Fault } from "../../validate/fault.ts";
import type { Position } from "../located.ts";
import { type Assignment, AssignmentReader, baseOf } from "./assignment.ts";
import { asConflict, ENVIRONMENT_SOURCE, EnvironmentFaults } from "./environment-faults.ts";
import type { EnvironmentContent, PrefixedVariable } from "./environment-source.ts";
import { type IgnoredVariable, IgnoredVariables } from "./ignored-variables.ts";
import { pathTree } from "./path-tree.ts";
import { followSetting, readSettings, type Setting } from "./settings-variable.ts";
import { followVariable } from "./variable-path.ts";

export interface EnvironmentLayerOptions extends EnvironmentContent {
  readonly prefix: string;
  readonly serviceLinkGuard: boolean;
  /** All layers below, over the schema's defaults. */
  readonly below: ValueTree | undefined;
  readonly layers: Tree | undefined;
}

export interface EnvironmentLayer {
  readonly tree: Tree;
  readonly ignored: readonly IgnoredVariable[];
}

/**
 * The layer that the variables make over the layers below them. What a variable means never
 * depends on the order of variables.
 */
export function environmentLayer(
  options: EnvironmentLayerOptions,
  root: TreeContext,
): EnvironmentLayer {
  return new LayerBuilder(options, root).build();
}

/** What gives values to places: a variable, or one line of `GATEWAY_SET`. */
interface Giver {
  /** How many names its path has. */
  readonly depth: number;
  readonly assignments: () => readonly Assignment[];
}

class LayerBuilder {
  readonly #options: EnvironmentLayerOptions;
  readonly #root: TreeContext;
  readonly #faults: EnvironmentFaults;
  readonly #reader: AssignmentReader;
  readonly #ignored: IgnoredVariables;
  /** Places that variables gave single values to: nothing can lie in them. */
  readonly #scalars = new Map<string, Assignment>();
  #below: ValueTree | undefined;
  #layer: Tree;

  constructor(options: EnvironmentLayerOptions, root: TreeContext) {
    this.#options = options;
    this.#root = root;
    this.#faults = new EnvironmentFaults(root.report);
    this.#reader = new AssignmentReader(options, root.report, this.#faults);
    this.#ignored = new IgnoredVariables(this.#faults);
    this.#below = options.below;
    const at: Position = { kind: "env", variable: `${options.prefix}*` };
    this.#layer = { type: "object", entries: new Map(), at, source: ENVIRONMENT_SOURCE };
  }

  build(): EnvironmentLayer {
    const { variables, serviceLinkGuard } = this.#options;
    const used = serviceLinkGuard ? this.#ignored.withoutServiceLinks(variables) : variables;
    const givers = used.flatMap((variable) => this.#giversOf(variable));
    const byDepth = [...Map.groupBy(givers, ({ depth }) => depth)];
    for (const [, of] of byDepth.toSorted(([a], [b]) => a - b)) this.#add(of);
    return { tree: this.#layer, ignored: this.#ignored.all };
  }

  /** Givers of one depth: what shallower ones gave lies below them already. */
  #add(givers: readonly Giver[]): void {
    const assigned = new Map<string, Assignment>();
    for (const assignment of givers.flatMap(({ assignments }) => assignments())) {
      const path = this.#idOf(assignment.context.segments);
      const known = assigned.get(path);
      const around = this.#scalarAround(assignment.context.segments);
      if (around !== undefined) this.#faults.conflict(around, assignment.variable);
      else if (known === undefined) assigned.set(path, assignment);
      else if (known.text !== assignment.text) this.#faults.ambiguous(known, assignment);
    }
    for (const [path, assignment] of assigned) {
      this.#assign(assignment);
      if (assignment.value.type === "scalar") this.#scalars.set(path, assignment);
    }
    const isStructured = [...assigned.values()].some(({ value }) => value.type !== "scalar");
    if (isStructured) this.#resettle();
  }

  /** Equal for the place and for the key of one item of a list. */
  #idOf(segments: readonly PathSegment[]): string {
    if (this.#below === undefined) return formatConfigPath(segments);
    return formatPointer(locate(this.#below, this.#root, segments).steps);
  }

  /** The variable that gave a single value to a place around this one. */
  #scalarAround(segments: readonly PathSegment[]): Assignment | undefined {
    if (this.#scalars.size === 0) return undefined;
    for (let length = segments.length - 1; length > 0; length--) {
      const around = this.#scalars.get(this.#idOf(segments.slice(0, length)));
      if (around !== undefined) return around;
    }
    return undefined;
  }

  #assign({ variable, context, value }: Assignment): void {
    const tree = pathTree(context.segments, value);
    const report = (fault: Fault) => this.#root.report(asConflict(fault, variable));
    this.#layer = mergeTrees(this.#layer, tree, { ...this.#root, report });
  }

  /** The layers below, with what the variables gave so far: their lists have items to patch. */
  #resettle(): void {
    const quiet = { ...this.#root, report: () => {} };
    this.#below = settle(mergeTrees(this.#options.layers, this.#layer, quiet), quiet);
  }

  #giversOf(variable: PrefixedVariable): readonly Giver[] {
    const parts = this.#parts(variable.name);
    const [first = ""] = parts;
    if (parts.length === 1 && /^SET(_FILE)?$/i.test(first)) return this.#settings(variable);
    return [{ depth: parts.length, assignments: () => this.#assignments(variable, parts) }];
  }

  #assignments(variable: PrefixedVariable, parts: readonly string[]): readonly Assignment[] {
    const { name } = variable;
    if (parts.includes("")) {
      this.#faults.of(name, "env_empty_segment", "the name has an empty part");
      return [];
    }
    const path = followVariable(parts, this.#below, this.#root);
    if (path.type === "found") return this.#reader.ofVariable(variable, path.context);
    const file = this.#options.files.get(name);
    if (file !== undefined) {
      const base = followVariable(this.#parts(baseOf(name)), this.#below, this.#root);
      if (base.type === "found") return this.#reader.ofFile(name, base.context, file);
    }
    const around = this.#scalarAroundName(parts);
    if (around !== undefined) this.#faults.conflict(around, name);
    else if (path.type === "wrong") this.#faults.of(name, path.code, path.message);
    else {
      const { prefix } = this.#options;
      this.#ignored.addUnknown(name, { prefix, nodes: this.#root.nodes });
    }
    return [];
  }

  /** As {@link #scalarAround}, for a name that leads nowhere. */
  #scalarAroundName(parts: readonly string[]): Assignment | undefined {
    for (let length = parts.length - 1; length > 0; length--) {
      const path = followVariable(parts.slice(0, length), this.#below, this.#root);
      if (path.type === "found") return this.#scalars.get(this.#idOf(path.context.segments));
    }
    return undefined;
  }

  /** `GATEWAY_SET`, or the file that `GATEWAY_SET_FILE` names. */
  #settings({ name, text }: PrefixedVariable): readonly Giver[] {
    const file = /_FILE$/i.test(name) ? this.#options.files.get(name) : undefined;
    const lines = file === undefined ? text : this.#reader.textOf(name, file);
    if (lines === undefined || !this.#faults.isText(name, lines)) return [];
    const at: Position = { kind: "env", variable: name, ...(file && { file: file.path }) };
    return readSettings(lines).flatMap((setting) => {
      if (setting.type === "setting") {
        const { length: depth } = setting.segments;
        return [{ depth, assignments: () => this.#setting(setting, at) }];
      }
      this.#faults.of(name, setting.code, setting.message);
      return [];
    });
  }

  #setting(
    setting: Setting & { readonly type: "setting" },
    at: Position & { readonly kind: "env" },
  ): readonly Assignment[] {
    const context = followSetting(setting, this.#below, this.#root);
    if (!("type" in context)) return this.#reader.ofSetting(setting, context, at);
    this.#faults.of(at.variable, context.code, context.message);
    return [];
  }

  #parts(name: string): readonly string[] {
    return name.slice(this.#options.prefix.length).split("__");
  }
}
