import { readFileSync } from "node:fs";

/** The version of this package, which is that of the product. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const file = new URL("../package.json", import.meta.url);
  const parsed: unknown = JSON.parse(readFileSync(file, "utf8"));
  const { version } = parsed as { version: string }; // npm refuses a package without one
  return version;
}
