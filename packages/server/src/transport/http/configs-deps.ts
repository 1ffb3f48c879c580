import type { CommitDeps } from "../../modules/configs/commit-change-set.ts";
import type { DiffDeps } from "../../modules/configs/diff-references.ts";
import type { ExplainDeps } from "../../modules/configs/explain-key.ts";
import type { BundleDeps } from "../../modules/configs/get-bundle.ts";
import type { HistoryDeps } from "../../modules/configs/get-history.ts";
import type { VersionDeps } from "../../modules/configs/get-version.ts";
import type { ServicesDeps } from "../../modules/configs/list-services.ts";
import type { EnvironmentsDeps } from "../../modules/environments/list-environments.ts";
import type { WatchHub } from "../../modules/watch/ports.ts";

/** What the routes about configuration need. */
export type ConfigsDeps = CommitDeps &
  BundleDeps &
  ExplainDeps &
  HistoryDeps &
  VersionDeps &
  DiffDeps &
  ServicesDeps &
  EnvironmentsDeps & {
    readonly hub: Pick<WatchHub, "changed">;
    /** How the outside reaches the server. */
    readonly publicUrl: () => string;
  };
