import { isEqual } from "../diff/compare-values.ts";
import { locate } from "../merge/locate.ts";
import { blockOf } from "../merge/tree-block.ts";
import { parseConfigPath } from "../paths/config-path.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import { type CacheResult, onCacheRequest } from "../secrets/cached.ts";
import { backendOf, createBlockManager } from "../secrets/create-secrets-manager.ts";
import type { SecretBackends } from "../secrets/secret-store.ts";
import type { BackendTools, SecretsBlock } from "../secrets/secrets-backend.ts";
import type { SecretsManager } from "../secrets/secrets-manager.ts";
import type { TreeDocument } from "./build-candidate.ts";

interface BlockManager {
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
    this.add(manager, backend);
    this.#ofSource ??= manager;
  }

  /**
   * Those that answer for a document. The default manager is the one given in code, else that of
   * the document's `secrets` block, else that of the first source that brings one.
   */
  async backendsFor(document: TreeDocument): Promise<SecretBackends> {
    const ofBlock = this.#default ?? (await this.#managerOfBlock(document));
    return { named: this.#named, default: ofBlock ?? this.#ofSource };
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

  async #managerOfBlock({ tree, context }: TreeDocument): Promise<SecretsManager | undefined> {
    const { block: path, tools } = this.#options;
    if (path === undefined) return undefined;
    const { tree: found } = locate(tree, context, parseConfigPath(path));
    if (found?.type !== "object") return undefined;
    const block = blockOf(found);
    const ofSource = this.#named.get(backendOf(block) ?? "");
    if (ofSource !== undefined) return ofSource;
    const known = this.#ofBlocks.find((made) => isEqual(made.block, block));
    if (known !== undefined) return known.manager;
    const manager = this.#counted(await createBlockManager(block, tools()));
    this.#ofBlocks = [...this.#ofBlocks, { block, manager }];
    return manager;
  }

  async #end(isOver: (manager: SecretsManager) => boolean): Promise<void> {
    await using ending = new AsyncDisposableStack();
    const over = this.#ofBlocks.filter(({ manager }) => isOver(manager));
    this.#ofBlocks = this.#ofBlocks.filter((made) => !over.includes(made));
    for (const { manager } of over) ending.use(manager);
  }

  readonly #countRequest = (result: CacheResult): void => {
    this.cacheRequests.set(result, (this.cacheRequests.get(result) ?? 0) + 1);
  };

  /** Counts its requests for as long as these are there. */
  #counted(manager: SecretsManager): SecretsManager {
    this.#counting.use(onCacheRequest(manager, this.#countRequest));
    return manager;
  }
}
