import { ConfigError } from "@llmcfg/config";

/**
 * What a file system gives.
 *
 * @throws {ConfigError} `file_missing` where there is no such file, `file_unreadable` where it cannot be read
 */
export async function orMissing<T>(read: Promise<T>, what: string): Promise<T> {
  try {
    return await read;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") {
      throw new ConfigError("file_missing", `${what} does not exist`, { cause: error });
    }
    if (code === "EACCES" || code === "EISDIR") {
      const message = `${what} cannot be read: ${code}`;
      throw new ConfigError("file_unreadable", message, { cause: error });
    }
    throw error;
  }
}
