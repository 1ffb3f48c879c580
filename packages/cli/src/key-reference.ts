import { DEFAULT_ENVIRONMENTS, type KeyRef } from "@llmcfg/core";
import { usage } from "./command.ts";
import type { Scope } from "./connection.ts";

/** Always an environment in a reference, whatever the server has. */
export const WELL_KNOWN_ENVIRONMENTS: readonly string[] = DEFAULT_ENVIRONMENTS.flatMap(
  ({ name, aliases }) => [name, ...aliases],
);

/**
 * What a key on the command line stands for: relative to flags, else absolute where it begins with
 * `/` or an environment, else relative to variable, project file or context. `./` is always relative.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT` naming the flag that is missing
 */
export function resolveKeyArgument(argument: string, scope: Scope): KeyRef {
  const { env, service, key } = resolvePathArgument(argument, scope);
  if (service === undefined || key === undefined || key === "") {
    throw usage(
      `the path ${argument} names no key`,
      "write it as env/service/key, or use --env and --service",
    );
  }
  return { env, service, key };
}

/** A key, a prefix, a service or an environment. */
export interface PathArgument {
  readonly env: string;
  readonly service: string | undefined;
  readonly key: string | undefined;
}

export function resolvePathArgument(argument: string, scope: Scope): PathArgument {
  const isForced = argument.startsWith("./");
  const segments = argument
    .replace(/^\.?\//, "")
    .split("/")
    .filter((part, i, all) => part !== "" || (i === all.length - 1 && all.length > 2));
  const isAbsolute =
    argument.startsWith("/") ||
    (!isForced && !scope.isGivenByFlag && isEnvironment(segments[0] ?? "", scope));
  if (isAbsolute) {
    const [env = "", service, ...key] = segments;
    return {
      env,
      service: service === "" ? undefined : service,
      key: key.length === 0 ? undefined : key.join("/"),
    };
  }
  const env = scope.env ?? missing("--env", argument);
  if (scope.service !== undefined) {
    return { env, service: scope.service, key: segments.join("/") };
  }
  if (!scope.isGivenByFlag) missing("--service", argument);
  const [service, ...key] = segments;
  return { env, service, key: key.length === 0 ? undefined : key.join("/") };
}

function isEnvironment(name: string, { environments }: Scope): boolean {
  return WELL_KNOWN_ENVIRONMENTS.includes(name) || environments.includes(name);
}

function missing(flag: string, argument: string): never {
  const [first = ""] = argument.split("/", 1);
  const hint = /^[a-z0-9-]+\/./.test(argument)
    ? `add ${flag}; or /${argument} where ${first} is an environment`
    : `add ${flag}, or write env/service/key`;
  throw usage(`the key is relative, and ${flag} is not given`, hint);
}
