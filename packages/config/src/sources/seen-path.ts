/**
 * Files and directories as they were when they were read: what the identity of a source in files
 * is made of, and what is watched.
 *
 * @module
 */

import { dirname } from "node:path";
import { type FileSystem, systemCode } from "../file-system.ts";
import { lookAtFile, plainIdentity } from "./file-identity.ts";
import { listNames } from "./list-names.ts";

/** A file or directory that is watched. */
export interface WatchedPath {
  readonly path: string;
  /**
   * `names`: a directory, in which configuration files come and go. `entries`: a directory, all of
   * whose names count but the hidden ones.
   */
  readonly type: "file" | "names" | "entries";
}

/** A path that was looked at, and what it was then. */
export interface SeenPath extends WatchedPath {
  /** Equal as long as nothing changed; as of a read it may equal no later one at all. */
  readonly identity: string;
}

export type PathFiles = Pick<FileSystem, "readdir" | "realpath" | "stat">;

export interface PathLook {
  readonly identity: string;
  /** Those whose events tell of a change. */
  readonly directories: readonly string[];
}

const MISSING = "missing ";

/** The identity of a path at which there is known to be nothing. */
export const ABSENT: string = `${MISSING}ENOENT`;

/** What a path is now; never throws. */
export async function lookAtPath(fs: PathFiles, { path, type }: WatchedPath): Promise<PathLook> {
  const own = dirname(path);
  try {
    if (type === "file") {
      const { identity, realPath } = await lookAtFile(fs, path);
      return { identity, directories: [own, dirname(realPath)] };
    }
    const names = await listNames(fs, path, type);
    return { identity: identityOfNames(names), directories: [own, path] };
  } catch (error) {
    return { identity: identityOfFailure(error), directories: [own] };
  }
}

export function identityOfNames(names: readonly string[]): string {
  return JSON.stringify(names);
}

/** The identity of what cannot be looked at, for this reason. */
export function identityOfFailure(error: unknown): string {
  return `${MISSING}${systemCode(error) ?? ""}`;
}

/** Whether nothing can have changed: a file that was just written when it was read may have. */
export async function areUnchanged(fs: PathFiles, parts: readonly SeenPath[]): Promise<boolean> {
  if (parts.length === 0) return false; // nothing is known
  const same = await Promise.all(
    parts.map(async (part) => (await lookAtPath(fs, part)).identity === part.identity),
  );
  return same.every(Boolean);
}

/** Whether all of it is as it was: what several reads found is of one generation. */
export async function areStill(fs: PathFiles, parts: readonly SeenPath[]): Promise<boolean> {
  const plain = parts.map((part) => ({ ...part, identity: plainIdentity(part.identity) }));
  return await areUnchanged(fs, plain);
}

/** One identity of several parts; read it with {@link decodeParts}. */
export function encodeParts(parts: readonly SeenPath[]): string {
  return JSON.stringify(parts.map(({ path, type, identity }) => [path, type, identity]));
}

/** Nothing of an identity that was not encoded here: it may have been kept by another release. */
export function decodeParts(identity: string): readonly SeenPath[] {
  if (!identity.startsWith("[[")) return [];
  const parts = JSON.parse(identity) as [string, SeenPath["type"], string][]; // as it was encoded
  return parts.map(([path, type, own]) => ({ path, type, identity: own }));
}
