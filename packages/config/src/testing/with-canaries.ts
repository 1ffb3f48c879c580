import { Canaries, type CanaryLeak } from "./canaries.ts";

/** Secrets came out: `leaks` says which, where, and how they were written. */
export class CanaryLeakError extends Error {
  readonly leaks: readonly CanaryLeak[];

  constructor(leaks: readonly CanaryLeak[]) {
    const told = leaks.map(({ sink, secret, encoding }) => `${secret} in ${sink}, ${encoding}`);
    super(`${leaks.length} times a secret came out: ${told.join("; ")}`);
    this.name = "CanaryLeakError";
    this.leaks = leaks;
  }
}

/**
 * Runs a test in which every secret is a canary, and looks for canaries in everything that came out:
 * raw, JSON-escaped, URL-, base64- and hex-encoded, and in part.
 *
 * What `fn` throws is looked at too, and thrown on where no canary is in it.
 *
 * @throws {CanaryLeakError} where one came out
 * @throws {Error} where `fn` used no canary, which proves nothing
 * @example
 * ```ts
 * await withCanaries(async (canaries) => {
 *   const loader = new ConfigLoader(schema)
 *     .addFile("gateway.yaml")
 *     .withSecretsManager(canaries.secrets);
 *   const validator = new ConfigValidator(schema);
 *   const { logger } = canaries;
 *   const manager = await createManager({ loader, validator, logger });
 *   canaries.observe(manager);
 *   canaries.record("my log", await useIt(manager));
 * });
 * ```
 */
export async function withCanaries<R>(fn: (canaries: Canaries) => R | Promise<R>): Promise<R> {
  const canaries = new Canaries();
  const outcome = await settle(fn, canaries);
  if ("error" in outcome) canaries.record("thrown error", outcome.error);
  const leaks = await findLeaks(canaries, outcome);
  if (leaks.length > 0) throw new CanaryLeakError(leaks);
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}

type Outcome<R> = { readonly value: R } | { readonly error: unknown };

async function settle<R>(
  fn: (canaries: Canaries) => R | Promise<R>,
  canaries: Canaries,
): Promise<Outcome<R>> {
  try {
    return { value: await fn(canaries) };
  } catch (error) {
    return { error };
  }
}

/** A test that failed before it used a canary fails for its own reason. */
async function findLeaks<R>(
  canaries: Canaries,
  outcome: Outcome<R>,
): Promise<readonly CanaryLeak[]> {
  try {
    return await canaries.findLeaks();
  } catch (error) {
    if ("error" in outcome) throw outcome.error;
    throw error;
  }
}
