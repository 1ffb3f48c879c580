import { checkKeyPrefix, checkKeyRef, type KeyRef, LlmcfgError } from "@llmcfg/core";

/** Stands for the parts of a reference that are not looked at. */
const ANY = "any";

/**
 * Lets a name pass that fits the grammar; parts that are not given are not looked at.
 *
 * @throws {LlmcfgError} `INVALID_KEY`
 */
export function requireRef(ref: Partial<KeyRef>): void {
  const named = { env: ref.env ?? ANY, service: ref.service ?? ANY, key: ref.key ?? ANY };
  refuseFaults(checkKeyRef(named));
}

/**
 * Lets a text pass that keys can begin with.
 *
 * @throws {LlmcfgError} `INVALID_KEY`
 */
export function requirePrefix(prefix: string): void {
  refuseFaults(checkKeyPrefix(prefix));
}

function refuseFaults(faults: readonly string[]): void {
  const [first] = faults;
  if (first === undefined) return;
  const errors = faults.map((detail) => ({ pointer: "", code: "INVALID_KEY", detail }));
  throw new LlmcfgError("INVALID_KEY", first, { errors });
}
