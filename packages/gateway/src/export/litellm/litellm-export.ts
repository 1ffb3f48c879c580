import { ConfigError, Duration, type Located } from "@llmcfg/config";
import type { Json, JsonObject } from "@llmcfg/core";
import { unescapeText } from "../../import/escape-text.ts";
import { isCredential } from "../../import/find-credential.ts";
import { LeafLedger } from "../../import/leaf-ledger.ts";
import { member, textOf } from "../../import/read-node.ts";
import { withMember } from "../../import/with-member.ts";
import type { ExportOptions } from "../export-config.ts";
import { locateValue } from "./locate-value.ts";

/** Whether a literal may be written: credentials never, other text where it does not look like one. */
export type Secrecy = "credential" | "header" | "text";

/** An export to LiteLLM under way: what is to be written, and what was said of which leaf. */
export class LitellmExport {
  readonly root: Located;
  readonly ledger: LeafLedger;
  readonly #envMap: ReadonlyMap<string, string>;
  #file: JsonObject = {};

  constructor(document: Json, options: ExportOptions) {
    this.root = locateValue(document);
    this.ledger = new LeafLedger(keyOf);
    this.ledger.enter(this.root);
    this.#envMap = toEnvMap(options.envMap ?? {});
  }

  get file(): JsonObject {
    return this.#file;
  }

  /** The node at a path of members of the document. */
  at(...names: readonly string[]): Located | undefined {
    return member(this.root, ...names);
  }

  set(path: readonly string[], value: Json): void {
    this.#file = withMember(this.#file, path, value);
  }

  /** Writes a setting, unless the document has none. */
  put(node: Located | undefined, path: readonly string[], value: Json | undefined): void {
    if (node === undefined || value === undefined) return;
    this.set(path, value);
    this.settle(node, path);
  }

  /** Says where the leaves went. */
  settle(node: Located | undefined, path: readonly string[], note?: string): void {
    const disposition = note === undefined ? "mapped" : "approximated";
    this.ledger.settle(node, { disposition, to: path.join("."), note });
  }

  /** Leaves that LiteLLM has no word for. */
  keep(node: Located | undefined, note = "LiteLLM has no such setting"): void {
    this.ledger.settle(node, { disposition: "preserved", note });
  }

  /** Leaves that follow from others. */
  imply(node: Located | undefined, note: string): void {
    this.ledger.settle(node, { disposition: "mapped", note });
  }

  /**
   * The text as LiteLLM writes it: references to variables in its own way, other references by the
   * map. `undefined` where it cannot be written; that is refused.
   */
  text(node: Located | undefined, secrecy: Secrecy, name = ""): string | undefined {
    const text = textOf(node);
    if (node === undefined || text === undefined) return undefined;
    const [, variable, fallback] =
      /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)(:-[^}\n]*)?\}$/.exec(text) ?? [];
    if (variable !== undefined) return this.#variable(node, variable, fallback);
    const mapped = this.#envMap.get(this.ledger.pathOf(node)) ?? this.#envMap.get(secretPath(text));
    if (mapped !== undefined) return `os.environ/${mapped}`;
    if (text.replaceAll("$${", "").includes("${")) return this.#refuse(node, text);
    const plain = unescapeText(text);
    if (mayBeWritten(plain, secrecy, name)) return plain;
    this.ledger.settle(node, {
      disposition: "refused",
      note: "a credential is never written: name a variable for it",
    });
    return undefined;
  }

  #variable(node: Located, variable: string, fallback: string | undefined): string {
    if (fallback !== undefined) {
      const note = "LiteLLM has no default for a variable";
      this.ledger.settle(node, { disposition: "approximated", note });
    }
    return `os.environ/${variable}`;
  }

  #refuse(node: Located, text: string): undefined {
    const isWhole = /^\$\{[^}]*\}$/.test(text);
    const note = isWhole
      ? "LiteLLM cannot refer to this: name a variable for it"
      : "LiteLLM takes a variable only as a whole value";
    this.ledger.settle(node, { disposition: "refused", note });
    return undefined;
  }
}

/** @throws {ConfigError} `invalid_option` for a name that no variable can have */
function toEnvMap(given: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const names = new Map(Object.entries(given));
  for (const [path, name] of names) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) continue;
    const message = `envMap gives ${path} the variable ${JSON.stringify(name)}, which is no name`;
    throw new ConfigError("invalid_option", message, { hint: "write for example OPENAI_API_KEY" });
  }
  return names;
}

/** The path of a secret reference, without backend, key and version. */
function secretPath(text: string): string {
  return /^\$\{secret:(?:\/\/[^/]*\/)?([^#@}]*)/.exec(text)?.[1] ?? "";
}

function mayBeWritten(text: string, secrecy: Secrecy, name: string): boolean {
  if (text === "[redacted]" || secrecy === "credential") return false;
  return secrecy === "text" || !isCredential(name, text);
}

/** Items of lists go by their ids, as paths of a document do. */
function keyOf(item: Located): string | undefined {
  return textOf(member(item, "id")) ?? textOf(member(item, "name"));
}

/** Seconds of a duration, with fractions. */
export function secondsOf(node: Located | undefined): number | undefined {
  const text = textOf(node);
  if (text === undefined) return undefined;
  try {
    return Duration.parse(text).ms / 1_000;
  } catch {
    return undefined; // a reference stands there
  }
}
