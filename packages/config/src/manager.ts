import { AsyncLocalStorage } from "node:async_hooks";
import type {
  CommandOptions,
  ConfigManager,
  ManagerOptions,
  ManagerStatus,
  ReloadOptions,
} from "./config-manager.ts";
import type { ConfigDiff } from "./diff/config-diff.ts";
import { diffConfigs } from "./diff/diff-configs.ts";
import { valueAt } from "./diff/value-at.ts";
import { isEqual } from "./diff/compare-values.ts";
import { ConfigError, ConfigValidationError, RollbackError, SecretResolutionError } from "./errors.ts";
import { explain } from "./explain/explain.ts";
import type { Explanation, NearMiss } from "./explain/explanation.ts";
import { describeTarget, type History, type RollbackTarget } from "./history/history.ts";
import { describeHold } from "./history/holds.ts";
import type { LoaderCore } from "./load/loader-core.ts";
import type { SourceState } from "./load/source-state.ts";
import { coreOf } from "./loader.ts";
import { toSettings } from "./manager-settings.ts";
import { type Family, formatMetrics, gauge, ReloadCounts } from "./metrics.ts";
import { iterateChanges } from "./notify/changes.ts";
import type {
  ConfigNotification,
  Listener,
  Snapshot,
  SubscribeOptions,
} from "./notify/notification.ts";
import { Subscribers } from "./notify/subscribers.ts";
import { parseConfigPath } from "./paths/config-path.ts";
import { pathsTouch } from "./paths/paths-touch.ts";
import { handlesIn } from "./references/resolve-handles.ts";
import { bootVersion } from "./reload/boot.ts";
import { CommandQueue } from "./reload/command-queue.ts";
import type { AppliedChange, Command, Ending } from "./reload/command.ts";
import { Participants, type ReloadParticipant } from "./reload/participants.ts";
import type { ReloadResult } from "./reload/reload-result.ts";
import { Reloader } from "./reload/reloader.ts";
import { outcomesFor, type Refusal, refusalOf } from "./reload/source-outcomes.ts";
import { SourceReports } from "./reload/source-reports.ts";
import type { Trigger } from "./reload/trigger.ts";
import type { Version } from "./reload/version.ts";
import { formatConfigPath } from "./paths/config-path.ts";
import type { ConfigPath, DeepPartial, DeepReadonly } from "./schema/config-types.ts";
import type { RevealOptions } from "./values/secret-ref.ts";
import type { Subscription } from "./values/subscription.ts";
import { watchedFiles } from "./watch/watched-files.ts";
import { Watching } from "./watch/watching.ts";
import type { Outcome } from "./watch/scheduler.ts";
