import { ConfigError } from "../../errors.ts";
import { prepareLayer } from "../../merge/prepare-layer.ts";
import type { Tree, TreeContext } from "../../merge/tree.ts";
import { convertText } from "../../references/convert-text.ts";
import { schemaFault } from "../../validate/fault.ts";
import { locateJson } from "../locate-json.ts";
import type { Position } from "../located.ts";
import { ENVIRONMENT_SOURCE, type EnvironmentFaults, placeOf } from "./environment-faults.ts";
import type { EnvironmentContent, FileText, PrefixedVariable } from "./environment-source.ts";
import type { Setting } from "./settings-variable.ts";

/** A value that a variable gives to a place. */
export interface Assignment {
  readonly variable: string;
  readonly context: TreeContext;
  readonly value: Tree;
  /** Equal for equal values: two variables may say the same. */
  readonly text: string;
}

/** Reads the values of variables as the fields take them; nothing where one is wrong, which is told. */
export class AssignmentReader {
  readonly #content: EnvironmentContent;
  readonly #report: TreeContext["report"];
  readonly #faults: EnvironmentFaults;

  constructor(
    content: EnvironmentContent,
    report: TreeContext["report"],
    faults: EnvironmentFaults,
  ) {
    this.#content = content;
    this.#report = report;
    this.#faults = faults;
  }

  ofVariable({ name, text }: PrefixedVariable, context: TreeContext): readonly Assignment[] {
    if (!this.#faults.isText(name, text)) return [];
    const value = isSecret(context) ? `\${env:${name}}` : text;
    return this.#converted(name, value, {
      context,
      at: { kind: "env", variable: name },
      identity: text,
    });
  }

  /** Of a variable that names the file with the value. */
  ofFile(name: string, context: TreeContext, file: FileText): readonly Assignment[] {
    const base = baseOf(name);
    const twin = this.#content.variables.find((v) => v.name.toLowerCase() === base.toLowerCase());
    if (twin !== undefined) {
      this.#faults.of(name, "env_conflict", `${twin.name} and ${name} are given together`);
      return [];
    }
    const at: Position = { kind: "env", variable: name, file: file.path };
    const isHandle = isSecret(context) && file.path !== ""; // its file is read when it is resolved
    const text = isHandle ? `\${file:${file.path}}` : this.textOf(name, file);
    if (text === undefined) return [];
    return this.#converted(name, text, { context, at, identity: file.path });
  }

  /** Of one line of `GATEWAY_SET`. */
  ofSetting(
    { line, value }: Setting & { readonly type: "setting" },
    context: TreeContext,
    at: Position & { readonly kind: "env" },
  ): readonly Assignment[] {
    const variable = `${at.variable} line ${line}`;
    if (value.type === "text") {
      return this.#converted(variable, value.text, { context, at, identity: value.text });
    }
    const tree = prepareLayer(locateJson(value.json, at), ENVIRONMENT_SOURCE, context);
    return [{ variable, context, value: tree, text: JSON.stringify(value.json) }];
  }

  /** Nothing where the file cannot be read, which is reported. */
  textOf(variable: string, file: FileText): string | undefined {
    if ("text" in file) return file.text;
    const path = file.path === "" ? "a file" : file.path;
    this.#faults.of(variable, "env_file_unreadable", `${path} cannot be read: ${file.fault}`);
    return undefined;
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
      this.#report({
        ...schemaFault({ code, segments: context.segments, message, hint, place: placeOf(at) }),
        kind: "field_validation",
      });
      return [];
    }
  }
}

/** `GATEWAY_A` of `GATEWAY_A_FILE`. */
export function baseOf(name: string): string {
  return name.slice(0, -"_FILE".length);
}

function isSecret({ nodes }: TreeContext): boolean {
  return nodes.some(({ kind }) => kind === "secret");
}
