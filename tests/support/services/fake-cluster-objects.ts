import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";

/** An object as it was sent, with what the server adds. */
export interface StoredObject {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly [member: string]: unknown;
}

export interface Watcher {
  readonly collection: string;
  readonly selector: string | null;
  readonly write: (event: unknown) => void;
  readonly raw: ServerResponse;
}

interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly collection: string;
  readonly version: number;
  readonly object: StoredObject;
}

/** Objects by path, one counter of versions for all of them, and whoever watches. */
export class FakeObjects {
  readonly watchers = new Set<Watcher>();
  readonly #objects = new Map<string, StoredObject>();
  readonly #changes: Change[] = [];
  #version = 100;
  #compacted = 0;

  get version(): number {
    return this.#version;
  }

  /** Changes before this version are forgotten. */
  get compacted(): number {
    return this.#compacted;
  }

  get(path: string): StoredObject | undefined {
    return this.#objects.get(path);
  }

  list(collection: string, selector: string | null): readonly StoredObject[] {
    const inside = [...this.#objects].filter(([path]) => collectionOf(path) === collection);
    return inside.map(([, object]) => object).filter((object) => fits(object, selector));
  }

  put(path: string, given: StoredObject): StoredObject {
    const before = this.#objects.get(path);
    const uid = before?.metadata.uid ?? randomUUID();
    const version = this.next();
    const metadata = { ...given.metadata, uid, resourceVersion: String(version) };
    const object = { ...given, metadata };
    this.#objects.set(path, object);
    this.#tell({ type: before === undefined ? "ADDED" : "MODIFIED", path, version, object });
    return object;
  }

  remove(path: string): void {
    const before = this.#objects.get(path);
    if (before === undefined) return;
    this.#objects.delete(path);
    const version = this.next();
    const metadata = { ...before.metadata, resourceVersion: String(version) };
    this.#tell({ type: "DELETED", path, version, object: { ...before, metadata } });
  }

  /** Something else changed, of which nobody here hears. */
  next(): number {
    this.#version++;
    return this.#version;
  }

  /** All changes so far are forgotten: who watches from an older version has to list again. */
  compact(): void {
    this.#compacted = this.next();
  }

  /** Passes on what happened after a version, and what will. */
  watch(watcher: Watcher, from: number): void {
    this.watchers.add(watcher);
    for (const change of this.#changes.filter(({ version }) => version > from)) {
      pass(watcher, change);
    }
  }

  bookmark(): string {
    const resourceVersion = String(this.next());
    const object = { kind: "ConfigMap", apiVersion: "v1", metadata: { resourceVersion } };
    for (const { write } of this.watchers) write({ type: "BOOKMARK", object });
    return resourceVersion;
  }

  /** An event as it stands, or something that is none. */
  sendRaw(text: string): void {
    for (const { raw } of this.watchers) raw.write(text);
  }

  /** As a server does when a watch has lasted long enough. */
  endWatches(): void {
    for (const { raw } of this.watchers) raw.end();
  }

  #tell({ path, ...change }: Omit<Change, "collection"> & { readonly path: string }): void {
    const told = { ...change, collection: collectionOf(path) };
    this.#changes.push(told);
    for (const watcher of this.watchers) pass(watcher, told);
  }
}

function pass({ collection, selector, write }: Watcher, change: Change): void {
  if (change.collection !== collection || !fits(change.object, selector)) return;
  write({ type: change.type, object: change.object });
}

function fits({ metadata }: StoredObject, selector: string | null): boolean {
  return selector === null || selector === `metadata.name=${metadata.name}`;
}

function collectionOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
