import { nearestNames } from "@llmcfg/core";
import { ConfigError } from "../../errors.ts";
import { locate } from "../../merge/locate.ts";
import { mergeTrees } from "../../merge/merge-trees.ts";
import { prepareLayer } from "../../merge/prepare-layer.ts";
import { settle } from "../../merge/settle.ts";
import type { Tree, TreeContext, ValueTree } from "../../merge/tree.ts";
import { formatConfigPath, formatPointer, type PathSegment } from "../../paths/config-path.ts";
import { convertText } from "../../references/convert-text.ts";
import { type Fault, type FaultPlace, schemaFault } from "../../validate/fault.ts";
import { locateJson } from "../locate-json.ts";
import type { Position } from "../located.ts";
import type { EnvironmentContent, FileText, PrefixedVariable } from "./environment-source.ts";
import { pathTree } from "./path-tree.ts";
import { findServiceLinks } from "./service-links.ts";
import { followSetting, readSettings, type Setting } from "./settings-variable.ts";
import { variableNames } from "./variable-names.ts";
import { followVariable, type VariablePath } from "./variable-path.ts";

export const ENVIRONMENT_SOURCE = "environment";

export interface EnvironmentLayerOptions extends EnvironmentContent {
  readonly prefix: string;
  readonly serviceLinkGuard: boolean;
  /** All layers below, over the schema's defaults. */
  readonly below: ValueTree | undefined;
  readonly layers: Tree | undefined;
}

/** A variable with the prefix that was not used, and why. */
export interface IgnoredVariable {
  readonly name: string;
  readonly why: string;
  readonly hint: string | undefined;
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

/** A value that a variable gives to a place. */
interface Assignment {
  readonly variable: string;
  readonly context: TreeContext;
  readonly value: Tree;
  /** Equal for equal values: two variables may say the same. */
  readonly text: string;
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
  readonly #ignored: IgnoredVariable[] = [];
  /** Places that variables gave single values to: nothing can lie in them. */
  readonly #scalars = new Map<string, Assignment>();
  #below: ValueTree | undefined;
  #layer: Tree;

  constructor(options: EnvironmentLayerOptions, root: TreeContext) {
    this.#options = options;
    this.#root = root;
    this.#below = options.below;
    const at: Position = { kind: "env", variable: `${options.prefix}*` };
    this.#layer = { type: "object", entries: new Map(), at, source: ENVIRONMENT_SOURCE };
  }

  build(): EnvironmentLayer {
    const givers = this.#withoutServiceLinks().flatMap((variable) => this.#giversOf(variable));
    const byDepth = [...Map.groupBy(givers, ({ depth }) => depth)];
    for (const [, of] of byDepth.toSorted(([a], [b]) => a - b)) this.#add(of);
    return { tree: this.#layer, ignored: this.#ignored };
  }

  /** Givers of one depth: what shallower ones gave lies below them already. */
  #add(givers: readonly Giver[]): void {
    const assigned = new Map<string, Assignment>();
    for (const assignment of givers.flatMap(({ assignments }) => assignments())) {
      const path = this.#idOf(assignment.context.segments);
      const known = assigned.get(path);
      const around = this.#scalarAround(assignment.context.segments);
      if (around !== undefined) this.#reportConflict(around, assignment.variable);
      else if (known === undefined) assigned.set(path, assignment);
      else if (known.text !== assignment.text) this.#reportAmbiguous(known, assignment);
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
    if (parts.includes("")) {
      this.#report(variable.name, "env_empty_segment", "the name has an empty part");
      return [];
    }
    const path = followVariable(parts, this.#below, this.#root);
    if (path.type === "found") return this.#assignment(variable, path);
    const file = this.#options.files.get(variable.name);
    if (file !== undefined) {
      const base = followVariable(
        this.#parts(variable.name.slice(0, -"_FILE".length)),
        this.#below,
        this.#root,
      );
      if (base.type === "found") return this.#fromFile(variable.name, base, file);
    }
    const around = this.#scalarAroundName(parts);
    if (around !== undefined) this.#reportConflict(around, variable.name);
    else if (path.type === "wrong") this.#report(variable.name, path.code, path.message);
    else this.#ignoreUnknown(variable.name);
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

  #assignment(
    { name, text }: PrefixedVariable,
    { context }: VariablePath & { readonly type: "found" },
  ): readonly Assignment[] {
    const at: Position = { kind: "env", variable: name };
    if (text.includes("\ufffd")) {
      this.#report(name, "env_not_utf8", "the value is not UTF-8");
      return [];
    }
    const value = isSecret(context) ? `\${env:${name}}` : text;
    return this.#converted(name, value, { context, at, identity: text });
  }

  #fromFile(
    name: string,
    { context }: VariablePath & { readonly type: "found" },
    file: FileText,
  ): readonly Assignment[] {
    const base = name.slice(0, -"_FILE".length);
    const twin = this.#options.variables.find((v) => v.name.toLowerCase() === base.toLowerCase());
    if (twin !== undefined) {
      this.#report(name, "env_conflict", `${twin.name} and ${name} are given together`);
      return [];
    }
    const at: Position = { kind: "env", variable: name, file: file.path };
    const isHandle = isSecret(context) && file.path !== ""; // its file is read when it is resolved
    const text = isHandle ? `\${file:${file.path}}` : this.#textOf(name, file);
    if (text === undefined) return [];
    return this.#converted(name, text, { context, at, identity: file.path });
  }

  #converted(
    variable: string,
    text: string,
    to: { readonly context: TreeContext; readonly at: Position; readonly identity: string },
  ): readonly Assignment[] {
    const { context, at, identity } = to;
    try {
      const json = isSecret(context) ? text : convertText(text, context.nodes);
      const value = prepareLayer(locateJson(json, at), ENVIRONMENT_SOURCE, context);
      return [{ variable, context, value, text: identity }];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { code, message, hint } = error;
      this.#root.report({
        ...schemaFault({ code, segments: context.segments, message, hint, place: placeOf(at) }),
        kind: "field_validation",
      });
      return [];
    }
  }

  /** Nothing where the file cannot be read, which is reported. */
  #textOf(variable: string, file: FileText): string | undefined {
    if ("text" in file) return file.text;
    const path = file.path === "" ? "a file" : file.path;
    this.#report(variable, "env_file_unreadable", `${path} cannot be read: ${file.fault}`);
    return undefined;
  }

  /** `GATEWAY_SET`, or the file that `GATEWAY_SET_FILE` names. */
  #settings({ name, text }: PrefixedVariable): readonly Giver[] {
    const file = /_FILE$/i.test(name) ? this.#options.files.get(name) : undefined;
    const lines = file === undefined ? text : this.#textOf(name, file);
    if (lines === undefined) return [];
    if (lines.includes("\ufffd")) {
      this.#report(name, "env_not_utf8", "the value is not UTF-8");
      return [];
    }
    const at: Position = { kind: "env", variable: name, ...(file && { file: file.path }) };
    return readSettings(lines).flatMap((setting) => {
      if (setting.type === "setting") {
        const { length: depth } = setting.segments;
        return [{ depth, assignments: () => this.#setting(setting, at) }];
      }
      this.#report(name, setting.code, setting.message);
      return [];
    });
  }

  #setting(
    setting: Setting & { readonly type: "setting" },
    at: Position & { readonly kind: "env" },
  ): readonly Assignment[] {
    const variable = `${at.variable} line ${setting.line}`;
    const context = followSetting(setting, this.#below, this.#root);
    if ("type" in context) {
      this.#report(at.variable, context.code, context.message);
      return [];
    }
    const { value } = setting;
    if (value.type === "text") {
      return this.#converted(variable, value.text, { context, at, identity: value.text });
    }
    const tree = prepareLayer(locateJson(value.json, at), ENVIRONMENT_SOURCE, context);
    return [{ variable, context, value: tree, text: JSON.stringify(value.json) }];
  }

  #withoutServiceLinks(): readonly PrefixedVariable[] {
    const { variables, serviceLinkGuard } = this.#options;
    if (!serviceLinkGuard) return variables;
    const ignored = new Set<string>();
    for (const { service, names } of findServiceLinks(variables)) {
      const [first = "", second, ...rest] = names;
      const shown = [first, ...(second === undefined ? [] : [second])].join(", ");
      const more = rest.length === 0 ? "" : ` (+${rest.length})`;
      const why = `set by Kubernetes for Service "${service}"`;
      this.#warn(first, "env_service_link", `${shown}${more} ignored: ${why}`);
      for (const name of names) {
        ignored.add(name);
        this.#ignored.push({ name, why, hint: "set enableServiceLinks: false in the pod" });
      }
    }
    return variables.filter(({ name }) => !ignored.has(name));
  }

  #ignoreUnknown(name: string): void {
    const known = variableNames(this.#options.prefix, this.#root.nodes);
    const [nearest] = nearestNames(name.toUpperCase(), known, 1);
    const hint = nearest === undefined ? undefined : `did you mean ${nearest}?`;
    this.#ignored.push({ name, why: "the schema has no such path", hint });
    this.#warn(name, "env_unknown", "the variable names no path of the schema", hint);
  }

  #parts(name: string): readonly string[] {
    return name.slice(this.#options.prefix.length).split("__");
  }

  #reportAmbiguous(known: Assignment, other: Assignment): void {
    const message = `${known.variable} and ${other.variable} name one path with different values`;
    this.#root.report(
      schemaFault({
        code: "env_ambiguous",
        segments: other.context.segments,
        message,
        place: other.value,
        related: [{ segments: known.context.segments, place: known.value }],
      }),
    );
  }

  /** `inner` names a place in one that has a single value. */
  #reportConflict({ variable, context, value }: Assignment, inner: string): void {
    const message = `${variable} and ${inner} contradict each other`;
    const { segments } = context;
    const place = placeOf({ kind: "env", variable: inner });
    const related = [{ segments, place: value }];
    const hint = "unset one of them";
    this.#root.report(
      schemaFault({ code: "env_conflict", segments, message, hint, place, related }),
    );
  }

  #report(variable: string, code: string, message: string): void {
    const place = placeOf({ kind: "env", variable });
    this.#root.report(schemaFault({ code, segments: [], message, place }));
  }

  #warn(variable: string, code: string, message: string, hint?: string): void {
    const place = placeOf({ kind: "env", variable });
    const severity = "warning";
    this.#root.report(schemaFault({ severity, code, segments: [], message, hint, place }));
  }
}

function isSecret({ nodes }: TreeContext): boolean {
  return nodes.some(({ kind }) => kind === "secret");
}

function placeOf(at: Position): FaultPlace {
  return { at, source: ENVIRONMENT_SOURCE };
}

/** A variable over another one that holds no object or list. */
function asConflict(fault: Fault, variable: string): Fault {
  if (fault.code !== "merge_type_conflict") return fault;
  const [below] = fault.related ?? [];
  const at = below?.place?.at;
  const other = at?.kind === "env" ? at.variable : "another variable";
  const message = `${other} and ${variable} contradict each other`;
  return { ...fault, code: "env_conflict", message, hint: `unset one of them` };
}
