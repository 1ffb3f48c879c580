import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** The command line as npm installs it: its bundle, in a `node_modules`. */
export interface InstalledCli extends Disposable {
  /** The executable. */
  readonly bin: string;
  readonly folder: string;
}

/** Bundles it anew. @throws {Error} where it cannot be bundled */
export function installCli(): InstalledCli {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "tools/bundle-cli.ts")], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the command line cannot be bundled: ${stderr}`);
  const folder = mkdtempSync(join(tmpdir(), "llmcfg-bench-"));
  const place = join(folder, "node_modules/llmcfg");
  for (const part of ["package.json", "bin", "dist"]) {
    cpSync(join(ROOT, "packages/cli", part), join(place, part), { recursive: true });
  }
  return {
    bin: join(place, "bin/llmcfg.js"),
    folder,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
