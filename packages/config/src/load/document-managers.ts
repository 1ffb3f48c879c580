import { isEqual } from "../diff/compare-values.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { borrowed } from "../secrets/borrowed.ts";
import {
  type CacheResult,
  cached,
  onCacheRequest,
  type SecretCacheOptions,
} from "../secrets/cached.ts";
import {
  backendOf,
  cacheOptionsOf,
  createBlockManager,
} from "../secrets/create-secrets-manager.ts";
import type { SecretBackends } from "../secrets/secret-store.ts";
import type { BackendTools, SecretsBlock } from "../secrets/secrets-backend.ts";
import { secretsBlockOf } from "../secrets/secrets-block-of.ts";
import type { SecretsManager } from "../secrets/secrets-manager.ts";
import { Duration } from "../values/duration.ts";
import type { TreeDocument } from "./build-candidate.ts";

interface BlockManager extends AsyncDisposable {
  readonly block: SecretsBlock;
  readonly manager: SecretsManager;
}

export interface DocumentManagersOptions {
  /** Where a document says which manager it wants. */
  readonly block: ConfigPath | undefined;
  /** For managers that documents ask for. */
  readonly tools: () => BackendTools;
}

/** The managers of secrets: given in code, brought by sources, asked for by documents. */
export class DocumentManagers implements AsyncDisposable {
  /** How requests to the caches of all of them were answered. */
  readonly cacheRequests: Map<CacheResult, number> = new Map();
  readonly #options: DocumentManagersOptions;
  readonly #counting = new DisposableStack();
  readonly #named = new Map<string, SecretsManager>();
  /** As the sources bring them, without a cache. */
  readonly #brought = new Map<string, SecretsManager>();
  /** Those that `secrets` blocks asked for. */
  #ofBlocks: readonly BlockManager[] = [];
  #default: SecretsManager | undefined;
  /** Of the first source that brings one. */
  #ofSource: SecretsManager | undefined;

  constructor(options: DocumentManagersOptions) {
    this.#options = options;
  }

  /** @param backend name in `${secret://backend/…}`; without it the manager is the default one */
  add(manager: SecretsManager, backend: string | undefined): void {
    if (backend === undefined) this.#default = this.#counted(manager);
    else this.#named.set(backend, this.#counted(manager));
  }

  /** Of a source: the default one too where there is none else. */
  addOfSource(manager: SecretsManager, backend: string): void {
    const remembering = this.#cachedOfSource(manager, {});
    this.#brought.set(backend, manager);
    this.add(remembering, backend);
    this.#ofSource ??= remembering;
  }

  /**
   * Those that answer for a document. The default manager is the one given in code, else that of
   * the document's `secrets` block, else that of the first source that brings one.
   *
   * @param trial of a document that will not be accepted: ends what is made for this document alone
   */
  async backendsFor(document: TreeDocument, trial?: AsyncDisposableStack): Promise<SecretBackends> {
    const named = this.#named;
    if (this.#default !== undefined) return { named, default: this.#default };
    const made = await this.#managerOfBlock(document, trial);
    if (made === undefined) return { named, default: this.#ofSource };
    const { block, manager } = made;
    const backend = backendOf(block) ?? "";
    if (!this.#brought.has(backend)) return { named, default: manager };
    return { named: new Map([...named, [backend, manager]]), default: manager };
  }

  /**
   * The manager that the block of a document asks for, made anew; nothing where another one answers for
   * the document. Whoever asks ends it.
   */
  async open(
    document: TreeDocument,
    more: Pick<BackendTools, "onAnswer">,
  ): Promise<SecretsManager | undefined> {
    const { block: path, tools } = this.#options;
    if (this.#default !== undefined) return undefined;
    const block = secretsBlockOf(document.tree, document.context, path);
    if (block === undefined || this.#named.has(backendOf(block) ?? "")) return undefined;
    return await createBlockManager(block, { ...tools(), ...more });
  }

  /** Managers that the library made for other documents end. */
  async keepOnly({ default: kept }: SecretBackends): Promise<void> {
    await this.#end((manager) => manager !== kept);
  }

  /** Ends what documents asked for; what was given stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#counting[Symbol.dispose]();
    await this.#end(() => true);
  }

  async #managerOfBlock(
    { tree, context }: TreeDocument,
    trial: AsyncDisposableStack | undefined,
  ): Promise<Omit<BlockManager, keyof AsyncDisposable> | undefined> {
    const block = secretsBlockOf(tree, context, this.#options.block);
    if (block === undefined) return undefined;
    const backend = backendOf(block) ?? "";
    const given = this.#brought.has(backend) ? undefined : this.#named.get(backend);
    if (given !== undefined) return { block, manager: given };
    const known = this.#ofBlocks.find((made) => isEqual(made.block, block));
    if (known !== undefined) return known;
    const made = this.#ofBlock(block, await this.#make(block, backend));
    if (trial === undefined) this.#ofBlocks = [...this.#ofBlocks, made];
    else trial.use(made);
    return made;
  }

  async #make(block: SecretsBlock, backend: string): Promise<SecretsManager> {
    const brought = this.#brought.get(backend);
    if (brought === undefined) return await createBlockManager(block, this.#options.tools());
    return this.#cachedOfSource(borrowed(brought), cacheOptionsOf(block));
  }

  /** What is missing in a source now may come with its next revision, which must not wait. */
  #cachedOfSource(manager: SecretsManager, options: SecretCacheOptions): SecretsManager {
    const { clock } = this.#options.tools();
    return cached(manager, { negativeTtl: Duration.fromMs(0), clock, ...options });
  }

  async #end(isOver: (manager: SecretsManager) => boolean): Promise<void> {
    await using ending = new AsyncDisposableStack();
    const over = this.#ofBlocks.filter(({ manager }) => isOver(manager));
    this.#ofBlocks = this.#ofBlocks.filter((made) => !over.includes(made));
    for (const made of over) ending.use(made);
  }

  readonly #countRequest = (result: CacheResult): void => {
    this.cacheRequests.set(result, (this.cacheRequests.get(result) ?? 0) + 1);
  };

  /** Its requests are counted as long as it is there. */
  #ofBlock(block: SecretsBlock, manager: SecretsManager): BlockManager {
    const counting = onCacheRequest(manager, this.#countRequest);
    return {
      block,
      manager,
      [Symbol.asyncDispose]: async () => {
        counting[Symbol.dispose]();
        await manager[Symbol.asyncDispose]();
      },
    };
  }

  /** Counts its requests for as long as these are there. */
  #counted(manager: SecretsManager): SecretsManager {
    this.#counting.use(onCacheRequest(manager, this.#countRequest));
    return manager;
  }
}
