import { withTimeout } from "./concurrency.ts";
import type { ConfigManager, ManagerOptions } from "./config-manager.ts";
import { coreOf } from "./loader.ts";
import { LiveConfig } from "./manager/live-config.ts";
import { toSettings } from "./manager/settings.ts";
import { bootVersion } from "./reload/boot.ts";
import type { Command } from "./reload/command.ts";
import { refusalOfError } from "./reload/refusal.ts";
import { reportOutcomes } from "./reload/source-outcomes.ts";
import { SourceReports } from "./reload/source-reports.ts";

/** How long sources are given to pass on why the process does not start. */
const MAX_FAREWELL_MS = 5_000;

/**
 * Loads, validates and returns a manager at version 1; does not watch yet: see `start()`.
 *
 * @throws {ConfigLoadError} where a source failed
 * @throws {ConfigValidationError} where the configuration is invalid, with every finding
 */
export async function createManager<T>(options: ManagerOptions<T>): Promise<ConfigManager<T>> {
  const core = coreOf(options.loader);
  const settings = toSettings(options);
  const clock = options.clock ?? core.clock;
  const reports = new SourceReports(clock);
  const tools = { core, rules: options.validator.rules, clock };
  const command: Command = {
    trigger: "boot",
    actor: options.actor,
    signal: new AbortController().signal,
  };
  let isRefused = false;
  try {
    const booted = await bootVersion(tools, command, (delivered, error) => {
      isRefused = true;
      const refusal = refusalOfError(error);
      reportOutcomes(reports, {
        sources: core.ranked(),
        delivered,
        failures: [],
        accepted: [],
        holds: [],
        refusal,
      });
    });
    return new LiveConfig({ options, core, settings, clock, reports, booted });
  } finally {
    if (isRefused) {
      const told = reports[Symbol.asyncDispose]();
      await withTimeout(told, { clock, ms: MAX_FAREWELL_MS, late: () => {} });
    }
  }
}
