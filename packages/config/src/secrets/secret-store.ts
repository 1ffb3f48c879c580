import type { Clock } from "../clock.ts";
import { ConfigError } from "../errors.ts";
import type { FileSystem } from "../file-system.ts";
import type { Reference, SecretReference } from "../references/reference.ts";
import type { Variables } from "../sources/process-variables.ts";
import type { RevealOptions, SecretRef } from "../values/secret-ref.ts";
import { ReferenceCell } from "./reference-cell.ts";
import type { SecretsManager } from "./secrets-manager.ts";

export interface SecretStoreOptions {
  readonly variables: () => Variables;
  readonly fs: Pick<FileSystem, "readFile">;
  readonly clock: Clock;
}

/** Which manager answers for which backend; `default` for references that name none. */
export interface SecretBackends {
  readonly named: ReadonlyMap<string, SecretsManager>;
  readonly default: SecretsManager | undefined;
}

/**
 * The handles of all references. Equal references have the same handle, from one load to the next,
 * so that a configuration which did not change is the same object.
 */
export class SecretStore {
  readonly #options: SecretStoreOptions;
  /** Weak: what no configuration holds any more is let go. */
  readonly #handles = new Map<string, WeakRef<SecretRef>>();
  readonly #rotated = new Set<(reference: string) => void>();
  #backends: SecretBackends = { named: new Map(), default: undefined };
  #resolutions = new Map<string, { ok: number; failed: number }>();
  #pruneAt = 1_000;

  constructor(options: SecretStoreOptions) {
    this.#options = options;
  }

  /** From now on these answer, for handles that exist already too. */
  set backends(backends: SecretBackends) {
    this.#backends = backends;
  }

  /** How often each backend was asked, by its outcome. */
  get resolutions(): ReadonlyMap<string, { readonly ok: number; readonly failed: number }> {
    return this.#resolutions;
  }

  /** Calls `listener` with the text of each reference whose value changes. */
  onRotated(listener: (reference: string) => void): void {
    this.#rotated.add(listener);
  }

  /** @param text the reference as it was written */
  handleFor(reference: Reference, text: string): SecretRef {
    const known = this.#handles.get(text)?.deref();
    if (known !== undefined) return known;
    const { handle } = new ReferenceCell({
      reference,
      text,
      fetch: (options) => this.#fetch(reference, options),
      clock: this.#options.clock,
      onRotated: (rotated) => {
        for (const listener of this.#rotated) listener(rotated);
      },
    });
    this.#handles.set(text, new WeakRef(handle));
    if (this.#handles.size >= this.#pruneAt) this.#prune();
    return handle;
  }

  /** The handle of a file whose path stands in a field of kind `material`. */
  materialFile(path: string): SecretRef {
    return this.handleFor({ kind: "file", path }, path);
  }

  /** What keeps a reference from being resolved by anybody (SEC-5). */
  faultOf(reference: Reference): string | undefined {
    if (reference.kind !== "secret" || this.#managerOf(reference) !== undefined) return undefined;
    if (reference.backend === undefined) return "there is no secrets manager for it";
    const known = [...this.#backends.named.keys()];
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
        const text = this.#options.variables()[reference.name] || reference.default;
        if (text !== undefined) return new TextEncoder().encode(text);
        throw new ConfigError(
          "secret_not_found",
          `Environment variable not found: ${reference.name}`,
        );
      }
      case "file":
        return withoutNewline(await this.#options.fs.readFile(reference.path));
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
    return material.bytes.slice();
  }

  #managerOf({ backend }: SecretReference): SecretsManager | undefined {
    return backend === undefined ? this.#backends.default : this.#backends.named.get(backend);
  }

  #prune(): void {
    for (const [text, handle] of this.#handles) {
      if (handle.deref() === undefined) this.#handles.delete(text);
    }
    this.#pruneAt = 2 * this.#handles.size + 1_000;
  }
}

function withoutNewline(bytes: Uint8Array): Uint8Array {
  const isEnded = bytes.at(-1) === 10;
  const isWindows = isEnded && bytes.at(-2) === 13;
  return bytes.slice(0, bytes.length - (isWindows ? 2 : isEnded ? 1 : 0));
}
