import type { SecretRef } from "../values/secret-ref.ts";
import type { Subscription } from "../values/subscription.ts";
import { getEach } from "./get-each.ts";
import type { SecretMaterial, SecretReadOptions, SecretsManager } from "./secrets-manager.ts";

/**
 * A manager that is opened anew when one of the credentials it was opened with is rotated. Requests
 * that are under way end with the manager they began with, which is disposed after them.
 *
 * @throws what `open` throws, at first; later a manager that cannot be opened anew stays
 */
export async function reopened(
  open: () => Promise<SecretsManager>,
  credentials: readonly SecretRef[],
): Promise<SecretsManager> {
  const manager = await open();
  return credentials.length === 0 ? manager : new Reopened(manager, { open, credentials });
}

interface ReopenedOptions {
  readonly open: () => Promise<SecretsManager>;
  readonly credentials: readonly SecretRef[];
}

class Reopened implements SecretsManager {
  readonly kind: string;
  readonly #open: () => Promise<SecretsManager>;
  readonly #rotations: readonly Subscription[];
  #lent: LentManager;
  #isOutdated = false;
  #opening: Promise<void> | undefined;

  constructor(manager: SecretsManager, { open, credentials }: ReopenedOptions) {
    this.kind = manager.kind;
    this.#open = open;
    this.#lent = new LentManager(manager);
    this.#rotations = credentials.map((credential) =>
      credential.onRotate(() => {
        this.#isOutdated = true;
      }),
    );
  }

  async getSecret(path: string, options?: SecretReadOptions): Promise<SecretMaterial> {
    if (this.#isOutdated || this.#opening !== undefined) await this.#reopen();
    return await this.#lent.use((manager) => manager.getSecret(path, options));
  }

  async getSecrets(
    paths: readonly string[],
    options?: SecretReadOptions,
  ): Promise<ReadonlyMap<string, SecretMaterial | Error>> {
    return await getEach(paths, (path) => this.getSecret(path, options));
  }

  async refresh(paths?: readonly string[]): Promise<void> {
    await this.#lent.use((manager) => manager.refresh(paths));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const rotation of this.#rotations) rotation.unsubscribe();
    this.#isOutdated = false;
    await this.#opening;
    await this.#lent.end();
  }

  async #reopen(): Promise<void> {
    this.#opening ??= this.#exchange().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
  }

  async #exchange(): Promise<void> {
    this.#isOutdated = false;
    try {
      const before = this.#lent;
      this.#lent = new LentManager(await this.#open());
      void before.endAfterUse().catch(() => {}); // nobody uses it any more
    } catch {
      this.#isOutdated = true; // what it was opened with may still serve
    }
  }
}

/** A manager with the count of those who use it. */
class LentManager {
  readonly #manager: SecretsManager;
  readonly #unused = Promise.withResolvers<void>();
  #users = 0;
  #isOver = false;

  constructor(manager: SecretsManager) {
    this.#manager = manager;
  }

  async use<R>(work: (manager: SecretsManager) => Promise<R>): Promise<R> {
    this.#users++;
    try {
      return await work(this.#manager);
    } finally {
      this.#users--;
      if (this.#isOver && this.#users === 0) this.#unused.resolve();
    }
  }

  async endAfterUse(): Promise<void> {
    this.#isOver = true;
    if (this.#users > 0) await this.#unused.promise;
    await this.end();
  }

  async end(): Promise<void> {
    await this.#manager[Symbol.asyncDispose]();
  }
}
