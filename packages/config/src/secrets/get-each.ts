import type { SecretMaterial } from "./secrets-manager.ts";

/** `getSecrets` for managers that ask for one secret at a time: one failure does not hide the others. */
export async function getEach(
  paths: readonly string[],
  get: (path: string) => Promise<SecretMaterial>,
): Promise<ReadonlyMap<string, SecretMaterial | Error>> {
  const results = await Promise.all(
    [...new Set(paths)].map(async (path) => [path, await get(path).catch(asError)] as const),
  );
  return new Map(results);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error("the backend failed", { cause: error });
}
