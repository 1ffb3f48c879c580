import type { LiveAudit } from "../audit/live-audit.ts";
import type { LoaderCore } from "../load/loader-core.ts";
import type { Version } from "../reload/version.ts";
import { placesOf, type RotationPlan, refetch, rotationPlan } from "../secrets/rotating-secrets.ts";
import type { RotationScope } from "../secrets/rotation.ts";
import type { Announcements } from "./announcements.ts";
import type { Listeners } from "./listeners.ts";
import type { ReloadCounts } from "./reload-counts.ts";

export interface SecretRotationsOptions<T> {
  readonly core: LoaderCore<T>;
  readonly current: () => Version<T>;
  readonly counts: ReloadCounts;
  readonly announcements: Announcements;
  readonly audit: LiveAudit<T>;
  readonly listeners: Listeners<T>;
}

/** The secrets of the configuration that runs: when they are fetched again, and who hears of it. */
export class SecretRotations<T> implements Disposable {
  readonly #options: SecretRotationsOptions<T>;
  readonly #rotated: Disposable;

  constructor(options: SecretRotationsOptions<T>) {
    this.#options = options;
    this.#rotated = options.core.store.onRotated((reference) => this.#tell(reference));
  }

  get plan(): RotationPlan {
    const { node, secrets } = this.#options.core.schema;
    return rotationPlan(this.#tree, node, secrets);
  }

  /** Never rejects: what cannot be fetched is counted. */
  async refetch(scope: RotationScope, signal: AbortSignal): Promise<void> {
    const { core, counts } = this.#options;
    const onFailure = () => counts.rotation("failed");
    const { node, secrets: block } = core.schema;
    await refetch(this.#tree, node, { block, scope, signal, onFailure });
  }

  [Symbol.dispose](): void {
    this.#rotated[Symbol.dispose]();
  }

  get #tree() {
    return this.#options.current().origin.tree;
  }

  /** A secret has another value; the configuration is the same. Settles when all have heard. */
  async #tell(reference: string): Promise<void> {
    const { core, counts, announcements, audit, listeners } = this.#options;
    const paths = placesOf(this.#tree, core.schema.node, reference);
    counts.rotation("ok");
    announcements.emit("secret_rotated", { reference, paths });
    audit.rotated(reference, paths);
    if (paths.length > 0) await listeners.rotated(paths); // else of another version, or one that is tried
  }
}
