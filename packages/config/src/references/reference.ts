/**
 * The grammar of references: `${secret:…}`, `${env:…}`, `${file:…}` and the escape `$${`.
 *
 * @module
 */

import { nearestNames } from "@llmcfg/core";
import { ConfigError } from "../errors.ts";

export type Reference = SecretReference | EnvReference | FileReference;

/** `${secret://backend/path#key@version}`; path and key with their escapes decoded. */
export interface SecretReference {
  readonly kind: "secret";
  /** The default backend where it is not named. */
  readonly backend: string | undefined;
  readonly path: string;
  readonly key: string | undefined;
  readonly version: string | undefined;
}

/** `${env:NAME:-default}`; the default also stands for an empty variable. */
export interface EnvReference {
  readonly kind: "env";
  readonly name: string;
  readonly default: string | undefined;
}

/** `${file:/absolute/path}` */
export interface FileReference {
  readonly kind: "file";
  readonly path: string;
  /** A path that stands in a field of kind `material` by itself: no directory is forbidden to it. */
  readonly isPlain?: boolean;
}

export type TextPart =
  | { readonly type: "text"; readonly text: string }
  /** `text` is the reference as it was written. */
  | { readonly type: "reference"; readonly reference: Reference; readonly text: string };

/**
 * A text taken apart; text between references with its escapes replaced.
 *
 * @throws {ConfigError} `malformed_reference` or `unknown_reference_kind`; the message quotes no
 *   more than the kind
 */
export function parseReferences(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let plain = "";
  let position = 0;
  while (position < text.length) {
    const next = text.indexOf("$", position);
    if (next < 0) break;
    plain += text.slice(position, next);
    if (text.startsWith("$${", next)) {
      plain += "${";
      position = next + 3;
    } else if (text.startsWith("${", next)) {
      const end = text.indexOf("}", next);
      if (end < 0) throw malformed("it does not end with }");
      if (plain !== "") parts.push({ type: "text", text: plain });
      plain = "";
      position = end + 1;
      const reference = parseReference(text.slice(next + 2, end));
      parts.push({ type: "reference", reference, text: text.slice(next, position) });
    } else {
      plain += "$";
      position = next + 1;
    }
  }
  plain += text.slice(position);
  return plain === "" && parts.length > 0 ? parts : [...parts, { type: "text", text: plain }];
}

const KINDS = ["secret", "env", "file"] as const;

function parseReference(body: string): Reference {
  const [, kind, rest = ""] = /^([A-Za-z][A-Za-z0-9_-]*):(.*)$/s.exec(body) ?? [];
  switch (kind) {
    case "secret":
      return parseSecret(rest);
    case "env":
      return parseEnv(rest);
    case "file":
      return parseFile(rest);
    case undefined:
      throw malformed("it has no kind");
    default:
      throw unknownKind(kind);
  }
}

const PATH_CHARACTER = "[A-Za-z0-9/_.+=:,-]|%[0-9A-Fa-f]{2}";
const KEY_CHARACTER = "[A-Za-z0-9/_.-]|%[0-9A-Fa-f]{2}";
const SECRET = new RegExp(
  `^(?://([a-z][a-z0-9_-]*)/)?((?!/)(?:${PATH_CHARACTER})+)` +
    `(?:#((?:${KEY_CHARACTER})+))?(?:@([A-Za-z0-9][A-Za-z0-9_.-]*))?$`,
);

function parseSecret(text: string): SecretReference {
  const [, backend, path, key, version] = SECRET.exec(text) ?? [];
  if (path === undefined) throw malformed("a secret is written ${secret:path#key@version}");
  return { kind: "secret", backend, path: decode(path), key: key && decode(key), version };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed("its escapes are not UTF-8");
  }
}

function parseEnv(text: string): EnvReference {
  const [, name, fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([^}\n]*))?$/.exec(text) ?? [];
  if (name === undefined)
    throw malformed("a variable is written ${env:NAME} or ${env:NAME:-default}");
  return { kind: "env", name, default: fallback };
}

function parseFile(text: string): FileReference {
  if (!/^\/[^\n\0]+$/.test(text)) throw malformed("a file is written ${file:/absolute/path}");
  return { kind: "file", path: text };
}

function malformed(because: string): ConfigError {
  const hint = "write $${ where the characters ${ themselves are meant";
  return new ConfigError("malformed_reference", `a reference is malformed: ${because}`, { hint });
}

function unknownKind(kind: string): ConfigError {
  const [nearest] = nearestNames(kind, KINDS);
  const hint =
    nearest === undefined ? "the kinds are secret, env and file" : `did you mean ${nearest}?`;
  return new ConfigError("unknown_reference_kind", `there are no references of kind ${kind}`, {
    hint,
  });
}
