import type { ManagerOptions, WatchOptions } from "../config-manager.ts";
import { ConfigError } from "../errors.ts";
import type { MachineOptions } from "../reload/machine.ts";
import { Duration } from "../values/duration.ts";

/** The options of a manager, complete and checked. */
export interface ManagerSettings {
  readonly historySize: number;
  readonly prepareTimeoutMs: number;
  readonly subscriberTimeoutMs: number;
  /** Nothing where nothing is watched. */
  readonly watch: WatchSettings | undefined;
}

export interface WatchSettings extends MachineOptions {
  readonly mode: "events" | "poll";
  readonly pollIntervalMs: number;
}

/** @throws {ConfigError} `invalid_option`, or of a duration that does not parse */
export function toSettings<T>(options: ManagerOptions<T>): ManagerSettings {
  const { historySize = 10, prepareTimeout = "5s", subscriberTimeout = "5s", watch = {} } = options;
  requireRange("historySize", historySize, 1, 1_000);
  return {
    historySize,
    prepareTimeoutMs: Duration.parse(prepareTimeout).ms,
    subscriberTimeoutMs: Duration.parse(subscriberTimeout).ms,
    watch: watch === false ? undefined : toWatchSettings(watch),
  };
}

function toWatchSettings(options: WatchOptions): WatchSettings {
  const { mode = "events", debounce = "500ms", maxWait = "5s", pollInterval = "5s" } = options;
  const { perMinute, burst } = options.rate ?? { perMinute: 12, burst: 3 };
  const debounceMs = Duration.parse(debounce).ms;
  const pollIntervalMs = Duration.parse(pollInterval).ms;
  requireRange("debounce in milliseconds", debounceMs, 0, 60_000);
  requireRange("pollInterval in milliseconds", pollIntervalMs, 1, Number.POSITIVE_INFINITY);
  requireRange("rate.perMinute", perMinute, 0.01, Number.POSITIVE_INFINITY);
  requireRange("rate.burst", burst, 1, Number.POSITIVE_INFINITY);
  const maxWaitMs = Duration.parse(maxWait).ms;
  return { mode, debounceMs, maxWaitMs, pollIntervalMs, tokensPerMinute: perMinute, burst };
}

function requireRange(name: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  const range = most === Number.POSITIVE_INFINITY ? `≥ ${least}` : `${least}–${most}`;
  throw new ConfigError("invalid_option", `${name} is ${value}: expected ${range}`);
}
