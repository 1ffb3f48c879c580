import type { Connection } from "../connection.ts";
import { rememberEnvironments, rememberKeys } from "./name-cache.ts";

/** Fetches the names of environments, and those of the keys of one, and keeps them. */
export async function refreshNames(
  { client, names }: Connection,
  env: string | undefined,
): Promise<void> {
  const { body } = await client.listEnvironments();
  await rememberEnvironments(names, body.items);
  if (env === undefined) return;

  const found = [];
  for await (const ref of client.eachConfig({ env }, { values: false, limit: 500 })) {
    found.push({ env: ref.env, service: ref.service, key: ref.key });
  }
  await rememberKeys(names, { env }, found);
}
