import { beginAudit, recordRefusedBoot } from "./audit/begin-audit.ts";
import { ManagerAudit } from "./audit/manager-audit.ts";
import { withTimeout } from "./concurrency.ts";
import type { ConfigManager, ManagerOptions } from "./config-manager.ts";
import { coreOf } from "./loader.ts";
import { silentLogger } from "./logger.ts";
import { LiveConfig } from "./manager/live-config.ts";
import { toSettings } from "./manager/settings.ts";
import { bootVersion } from "./reload/boot.ts";
import type { Command } from "./reload/command.ts";
import { refusalOfError } from "./reload/refusal.ts";
import { reportOutcomes } from "./reload/source-outcomes.ts";
import { SourceReports } from "./reload/source-reports.ts";
import { bootFromStored } from "./state/boot-from-stored.ts";
import { openState } from "./state/open-state.ts";

/** How long sources are given to pass on why the process does not start. */
const MAX_FAREWELL_MS = 5_000;

/**
 * Loads, validates and returns a manager at version 1; does not watch yet: see `start()`.
 *
 * With the boot policy `last_known_good` version 1 may be what an earlier process accepted last: see
 * `status.bootedFrom`. What failed then is thrown only where that cannot be used either.
 *
 * @throws {ConfigError} `invalid_option`; `state_unsafe` where anybody may write to the state folder
 * @throws {ConfigError} `audit_unavailable` where an audit record is required and cannot be written
 * @throws {ConfigLoadError} where a source failed
 * @throws {ConfigValidationError} where the configuration is invalid, with every finding
 */
export async function createManager<T>(options: ManagerOptions<T>): Promise<ConfigManager<T>> {
  const core = coreOf(options.loader);
  const settings = toSettings(options);
  const { logger = silentLogger } = options;
  const clock = options.clock ?? core.clock;
  core.setTerms({
    jsonSchemas: options.validator.jsonSchemas,
    resolveSecrets: options.resolveSecrets ?? true,
    checksumKey: options.checksumKey,
  });
  const reports = new SourceReports(clock);
  const tools = { core, rules: options.validator.rules, clock };
  const command: Command = {
    trigger: "boot",
    actor: options.actor,
    signal: new AbortController().signal,
  };
  core.settleTimeoutMs = settings.settleTimeoutMs;
  const audit = new ManagerAudit<T>({ setting: options.audit, clock });
  const record = { core, command, clock, startedAtMs: clock.now() };
  let refused: Parameters<typeof recordRefusedBoot>[1] | undefined;
  const state = await openState(options, { schema: core.schema, logger });
  try {
    const booted = await bootVersion(tools, command, {
      holds: (await state?.readHolds()) ?? [],
      fallBack: async (failed) => {
        if (state === undefined || settings.bootPolicy === "fail") return undefined;
        return await bootFromStored(failed, { state, tools, command, logger });
      },
      onRefused: (delivered, error) => {
        refused = { delivered, error };
        const refusal = refusalOfError(error);
        const sources = core.ranked();
        const nothing = { failures: [], accepted: [], holds: [] };
        reportOutcomes(reports, { ...nothing, sources, delivered, refusal });
      },
    });
    try {
      await beginAudit(audit, booted, record);
    } catch (error) {
      await core.accept({ named: new Map(), default: undefined }); // what was made for it ends
      throw error;
    }
    return new LiveConfig({ options, core, settings, clock, reports, booted, state, audit });
  } finally {
    if (refused !== undefined) {
      await recordRefusedBoot(audit, refused, record);
      const told = reports[Symbol.asyncDispose]();
      await withTimeout(told, { clock, ms: MAX_FAREWELL_MS, late: () => {} });
    }
  }
}
