import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../clock.ts";
import { ConfigError } from "../errors.ts";
import type { FileSystem } from "../file-system.ts";
import type { FileReference, Reference, SecretReference } from "../references/reference.ts";
import type { ReferencedFiles } from "../references/referenced-files.ts";
import { whyUnreadable } from "../references/why-unreadable.ts";
import type { Variables } from "../sources/process-variables.ts";
import { ownMember } from "../values/own-member.ts";
import type { RevealOptions, SecretRef } from "../values/secret-ref.ts";
import { createSubscription, type Subscription } from "../values/subscription.ts";
import { copyOf } from "./copy-of.ts";
import { ReferenceCell } from "./reference-cell.ts";
import type { SecretsManager } from "./secrets-manager.ts";

export interface SecretStoreOptions {
  readonly variables: () => Variables;
  readonly fs: Pick<FileSystem, "readFile">;
  readonly files: ReferencedFiles;
  readonly clock: Clock;
}

/** Which manager answers for which backend; `default` for references that name none. */
export interface SecretBackends {
  readonly named: ReadonlyMap<string, SecretsManager>;
  readonly default: SecretsManager | undefined;
}

/** The value before is kept until it has settled, within limits. */
export type RotationListener = (reference: string) => void | Promise<void>;

interface Trial {
  readonly backends: SecretBackends;
  isOver: boolean;
}

/**
 * The handles of all references. Equal references have the same handle, from one load to the next,
 * so that a configuration which did not change is the same object.
 */
export class SecretStore implements Disposable {
  readonly #options: SecretStoreOptions;
  /** Weak: what no configuration holds any more is let go. */
  readonly #cells = new Map<string, WeakRef<ReferenceCell>>();
  readonly #byHandle = new WeakMap<SecretRef, ReferenceCell>();
  readonly #rotated = new Set<RotationListener>();
  readonly #resolutions = new Map<string, { ok: number; failed: number }>();
  readonly #tried = new AsyncLocalStorage<Trial>();
  readonly #ended = new AbortController();
  #backends: SecretBackends = { named: new Map(), default: undefined };
  #pruneAt = 1_000;

  constructor(options: SecretStoreOptions) {
    this.#options = options;
  }

  /** From now on these answer, for handles that exist already too. */
  set backends(backends: SecretBackends) {
    const trial = this.#tried.getStore();
    if (trial !== undefined) trial.isOver = true; // accepted, or taken back
    this.#backends = backends;
  }

  get backends(): SecretBackends {
    return this.#backends;
  }

  /**
   * Runs `work` with backends that are not accepted yet: for it alone they answer, and only until
   * it has ended. Whatever else runs meanwhile asks those that are accepted.
   */
  async tryWith<R>(backends: SecretBackends, work: () => Promise<R>): Promise<R> {
    const trial: Trial = { backends, isOver: false };
    try {
      return await this.#tried.run(trial, work);
    } finally {
      trial.isOver = true; // what goes on in its context belongs to the rest from now on
    }
  }

  /** How often each backend was asked, by its outcome. */
  get resolutions(): ReadonlyMap<string, { readonly ok: number; readonly failed: number }> {
    return this.#resolutions;
  }

  /** Calls `listener` with the text of each reference whose value changes. */
  onRotated(listener: RotationListener): Subscription {
    this.#rotated.add(listener);
    return createSubscription(() => this.#rotated.delete(listener));
  }

  /** Waits no longer for listeners of rotations. Handles can still be revealed. */
  [Symbol.dispose](): void {
    this.#ended.abort();
  }

  /** @param text the reference as it was written */
  handleFor(reference: Reference, text: string): SecretRef {
    const known = this.#cells.get(text)?.deref();
    if (known !== undefined) return known.handle;
    const cell = new ReferenceCell({
      reference,
      text,
      fetch: (options) => this.#fetch(reference, options),
      isObserved: () => this.#isAccepted(reference),
      clock: this.#options.clock,
      ended: this.#ended.signal,
      onRotated: async (rotated) => {
        await Promise.all([...this.#rotated].map(async (listener) => await listener(rotated)));
      },
    });
    this.#cells.set(text, new WeakRef(cell));
    this.#byHandle.set(cell.handle, cell);
    if (this.#cells.size >= this.#pruneAt) this.#prune();
    return cell.handle;
  }

  /** Whether the value of a secret was there when it was asked for last; not before. */
  isResolved(handle: SecretRef): boolean {
    return this.#byHandle.get(handle)?.isResolved ?? false;
  }

  /** When the value that a secret has now was seen first, in this process; nothing before. */
  sinceMs(handle: SecretRef): number | undefined {
    return this.#byHandle.get(handle)?.sinceMs;
  }

  /** The handle of a file whose path stands in a field of kind `material`. */
  materialFile(path: string): SecretRef {
    return this.handleFor({ kind: "file", path, isPlain: true }, path);
  }

  /** What keeps a reference from being resolved by anybody (SEC-5). */
  faultOf(reference: Reference): string | undefined {
    if (reference.kind !== "secret" || this.#managerOf(reference) !== undefined) return undefined;
    if (reference.backend === undefined) return "there is no secrets manager for it";
    const known = [...this.#answering.named.keys()];
    const list = known.length === 0 ? "there are none" : `there are ${known.join(", ")}`;
    return `there is no secrets backend ${reference.backend}: ${list}`;
  }

  async #fetch(reference: Reference, options: RevealOptions): Promise<Uint8Array> {
    const backend = reference.kind === "secret" ? (reference.backend ?? "default") : reference.kind;
    const counted = this.#resolutions.get(backend) ?? { ok: 0, failed: 0 };
    this.#resolutions.set(backend, counted);
    try {
      const bytes = await this.#read(reference, options);
      counted.ok++;
      return bytes;
    } catch (error) {
      counted.failed++;
      throw error;
    }
  }

  async #read(reference: Reference, options: RevealOptions): Promise<Uint8Array> {
    switch (reference.kind) {
      case "secret":
        return await this.#readSecret(reference, options);
      case "env": {
        const text = ownMember(this.#options.variables(), reference.name) || reference.default;
        if (text !== undefined) return new TextEncoder().encode(text);
        throw new ConfigError(
          "secret_not_found",
          `Environment variable not found: ${reference.name}`,
        );
      }
      case "file":
        return withoutNewline(await this.#readFile(reference));
    }
  }

  async #readFile({ path, isPlain = false }: FileReference): Promise<Uint8Array> {
    const { fs, files } = this.#options;
    if (!isPlain) return await files.read(path);
    try {
      return await fs.readFile(path);
    } catch (error) {
      const message = `the file cannot be read: ${whyUnreadable(error)}`; // its path is the reference
      throw new ConfigError("file_unreadable", message, { cause: error });
    }
  }

  async #readSecret(reference: SecretReference, options: RevealOptions): Promise<Uint8Array> {
    const manager = this.#managerOf(reference);
    if (manager === undefined) throw new ConfigError("no_manager", this.faultOf(reference) ?? "");
    const { path, key, version } = reference;
    using material = await manager.getSecret(path, {
      ...(key === undefined ? {} : { key }),
      ...(version === undefined ? {} : { version }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      bypassCache: options.refresh === true,
    });
    return copyOf(material.bytes);
  }

  get #answering(): SecretBackends {
    const trial = this.#tried.getStore();
    return trial === undefined || trial.isOver ? this.#backends : trial.backends;
  }

  #managerOf(reference: SecretReference): SecretsManager | undefined {
    return managerIn(this.#answering, reference);
  }

  /** A backend that is only tried may have another secret under the same name. */
  #isAccepted(reference: Reference): boolean {
    if (reference.kind !== "secret") return true;
    const accepted = managerIn(this.#backends, reference);
    return accepted === undefined || accepted === this.#managerOf(reference);
  }

  #prune(): void {
    for (const [text, cell] of this.#cells) {
      if (cell.deref() === undefined) this.#cells.delete(text);
    }
    this.#pruneAt = 2 * this.#cells.size + 1_000;
  }
}

function managerIn(
  { named, default: byDefault }: SecretBackends,
  { backend }: SecretReference,
): SecretsManager | undefined {
  return backend === undefined ? byDefault : named.get(backend);
}

function withoutNewline(bytes: Uint8Array): Uint8Array {
  const isEnded = bytes.at(-1) === 10;
  const isWindows = isEnded && bytes.at(-2) === 13;
  return copyOf(bytes, bytes.length - (isWindows ? 2 : isEnded ? 1 : 0));
}
