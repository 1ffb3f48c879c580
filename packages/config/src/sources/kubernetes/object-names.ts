import { ConfigError } from "../../errors.ts";

/** RFC 1123: a label, and labels with dots between them. */
const LABEL = "[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?";
const NAMESPACE = new RegExp(`^${LABEL}$`);
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** @throws {ConfigError} `invalid_option`, since it becomes part of a path */
export function requireNamespace(namespace: string): void {
  if (!NAMESPACE.test(namespace)) throw oddName("namespace", namespace);
}

/** @throws {ConfigError} `invalid_option` */
export function requireName(name: string): void {
  if (!NAME.test(name) || name.length > 253) throw oddName("name", name);
}

function oddName(option: string, text: string): ConfigError {
  const message = `the ${option} ${JSON.stringify(text)} is no name of Kubernetes`;
  const hint = "it has lower-case letters, digits and - , and begins and ends with no -";
  return new ConfigError("invalid_option", message, { hint });
}
