import { ConfigError } from "./errors.ts";

/**
 * Loads a driver that is an optional peer.
 *
 * @param name of the package, for the message
 * @throws {ConfigError} `driver_missing`, which says what to install
 */
export async function importDriver<M>(name: string, load: () => Promise<M>): Promise<M> {
  try {
    return await load();
  } catch (error) {
    const isMissing =
      error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    if (!isMissing) throw error;
    const hint = `npm install ${name}`;
    throw new ConfigError("driver_missing", `the package ${name} is not installed`, {
      hint,
      cause: error,
    });
  }
}
