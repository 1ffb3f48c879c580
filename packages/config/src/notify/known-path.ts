import { ConfigError } from "../errors.ts";
import { type PathSegment, parseConfigPath } from "../paths/config-path.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { DefinedSchema } from "../schema/define-schema.ts";
import { nodesAt } from "../schema/navigate.ts";

/**
 * The steps of a path where a value can be, now or later: nobody is told of changes anywhere else.
 *
 * @throws {ConfigError} `malformed_path`; `unknown_path` where the schema has none
 */
export function parseKnownPath<T>(
  path: ConfigPath,
  schema: DefinedSchema<T>,
): readonly PathSegment[] {
  const segments = parseConfigPath(path);
  if (nodesAt(schema.node, segments).length > 0) return segments;
  const [nearest] = schema.suggest(path);
  throw new ConfigError("unknown_path", `the schema has no path ${JSON.stringify(path)}`, {
    hint: nearest === undefined ? undefined : `did you mean ${nearest}?`,
  });
}
