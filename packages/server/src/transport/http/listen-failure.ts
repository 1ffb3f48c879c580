import { LlmcfgError } from "@llmcfg/core";

/** What somebody can do something about, in words. */
const CAUSES: ReadonlyMap<unknown, string> = new Map([
  ["EADDRINUSE", "another process listens there"],
  ["EACCES", "this user may not"],
  ["EADDRNOTAVAIL", "this machine has no such address"],
]);

/** Why an address cannot be listened on: an `INVALID_ARGUMENT` that names it, or `error` as it is. */
export function toListenFailure(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const why = CAUSES.get(code);
  if (why === undefined) return error;
  const address = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const message = `${address} cannot be listened on: ${why}`;
  return new LlmcfgError("INVALID_ARGUMENT", message, { errors: [] }, { cause: error });
}
