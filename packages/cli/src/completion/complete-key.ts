import type { Scope } from "../connection.ts";
import { WELL_KNOWN_ENVIRONMENTS } from "../key-reference.ts";

export interface KnownNames {
  /** With aliases. */
  readonly environments: readonly string[];
  /** `service/key`. */
  readonly keysOf: (env: string) => Promise<readonly string[]>;
}

/**
 * References to keys that begin as the word does, one level further: environments, services,
 * folders of keys with a slash at their end, and keys.
 */
export async function completeKey(
  word: string,
  scope: Scope,
  names: KnownNames,
): Promise<readonly string[]> {
  const environments = names.environments.length > 0 ? names.environments : WELL_KNOWN_ENVIRONMENTS;
  const root = word.startsWith("/") ? "/" : word.startsWith("./") ? "./" : "";
  const typed = word.slice(root.length);
  const [first = ""] = typed.split("/", 1);
  const mayBeAbsolute = root === "/" || (root === "" && !scope.isGivenByFlag);
  if (mayBeAbsolute && typed.includes("/") && environments.includes(first)) {
    const paths = (await names.keysOf(first)).map((path) => `${first}/${path}`);
    return nextLevel(typed, paths).map((path) => root + path);
  }
  const absolute = mayBeAbsolute ? environments.map((env) => `${env}/`) : [];
  const relative = root === "/" ? [] : await relativePaths(scope, names);
  return [...absolute.filter((env) => env.startsWith(typed)), ...nextLevel(typed, relative)].map(
    (path) => root + path,
  );
}

/** Keys of the service that is set; with `--env` alone those of every service, behind its name. */
async function relativePaths(
  { env, service, isGivenByFlag }: Scope,
  names: KnownNames,
): Promise<readonly string[]> {
  if (env === undefined) return [];
  const paths = await names.keysOf(env);
  if (service === undefined) return isGivenByFlag ? paths : [];
  const begin = `${service}/`;
  return paths.filter((path) => path.startsWith(begin)).map((path) => path.slice(begin.length));
}

function nextLevel(typed: string, paths: readonly string[]): readonly string[] {
  const cut = paths
    .filter((path) => path.startsWith(typed))
    .map((path) => {
      const end = path.indexOf("/", typed.length);
      return end < 0 ? path : path.slice(0, end + 1);
    });
  return [...new Set(cut)];
}
