/**
 * Our packages as they would be published, in a folder that knows nothing of this checkout.
 *
 * @module
 */

import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { type Finished, run } from "./programs.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** In the order in which they need one another. */
export const PACKAGES: readonly string[] = ["core", "protocol", "config", "gateway", "client"];

export interface PackedPackages extends AsyncDisposable {
  /** Where `node_modules` is. */
  readonly folder: string;
  /** Runs a command there, with Node and the checkout's tools. @throws {Error} where it fails */
  succeed(command: string, env?: Readonly<Record<string, string>>): Promise<string>;
  /** The tarball of a package. */
  tarballOf(name: string): string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/**
 * Builds, packs and unpacks them. From others they get what they declare, and drivers, which are
 * optional, all of them; whatever else they import is not there.
 */
export async function packPackages(): Promise<PackedPackages> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "llmcfg-packed-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await runHere("tsc -b tsconfig.build.json", ROOT);
  const workspaces = PACKAGES.map((name) => `-w packages/${name}`).join(" ");
  await runHere(`npm pack --silent --pack-destination ${folder} ${workspaces}`, ROOT);
  const tarballOf = (name: string) => join(folder, `llmcfg-${name}-0.1.0.tgz`);
  await Promise.all(PACKAGES.map((name) => unpack(tarballOf(name), packageFolder(folder, name))));
  await linkDeclared(folder);
  await writeFile(join(folder, "package.json"), '{"type": "module"}');
  const owned = stack.move();
  return {
    folder,
    tarballOf,
    succeed: (command, env) => runHere(command, folder, env),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function packageFolder(folder: string, name: string): string {
  return join(folder, "node_modules/@llmcfg", name);
}

async function unpack(tarball: string, into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  await runHere(`tar -xzf ${tarball} -C ${into} --strip-components=1`, into);
}

async function linkDeclared(folder: string): Promise<void> {
  const declared = new Set(["@types/node"]); // for the types of what is built in
  for (const name of PACKAGES) {
    const text = await readFile(join(packageFolder(folder, name), "package.json"), "utf8");
    const manifest = JSON.parse(text) as Manifest; // one of ours
    for (const other of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      if (!other.startsWith("@llmcfg/")) declared.add(other);
    }
  }
  for (const name of declared) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, "node_modules", name), link);
  }
}

async function runHere(
  command: string,
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const path = [join(ROOT, "node_modules/.bin"), dirname(process.execPath), process.env["PATH"]];
  const home = { HOME: tmpdir(), PATH: path.join(delimiter) };
  const ended = await run(command, { env: { ...home, ...env }, cwd, timeoutMs: 50_000 });
  if (ended.code === 0) return ended.stdout;
  throw new Error(describe(command, ended));
}

function describe(command: string, { code, stdout, stderr }: Finished): string {
  return `${command} ended with ${code}:\n${stdout}\n${stderr}`;
}
