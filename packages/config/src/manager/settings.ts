import type { ManagerOptions, WatchOptions } from "../config-manager.ts";
import { ConfigError } from "../errors.ts";
import type { MachineOptions } from "../reload/machine.ts";
import { Duration } from "../values/duration.ts";

/** The options of a manager, complete and checked. */
export interface ManagerSettings {
  readonly historySize: number;
  readonly prepareTimeoutMs: number;
  readonly subscriberTimeoutMs: number;
  readonly bootPolicy: "fail" | "last_known_good";
  /** How long files may go on changing while they are read. */
  readonly settleTimeoutMs: number;
  /** Nothing where nothing is watched. */
  readonly watch: WatchSettings | undefined;
  readonly metricsPrefix: string;
}

export interface WatchSettings extends MachineOptions {
  readonly mode: "events" | "poll";
  readonly pollIntervalMs: number;
  /** By how much at most what remote sources tell is put off. */
  readonly jitterMs: number;
}

/** @throws {ConfigError} `invalid_option`, or of a duration that does not parse */
export function toSettings<T>(options: ManagerOptions<T>): ManagerSettings {
  const { historySize = 10, prepareTimeout = "5s", subscriberTimeout = "5s", watch = {} } = options;
  requireRange("historySize", historySize, 1, 1_000);
  requireState(options);
  requireChecksumKey(options);
  requireMetricsPrefix(options);
  return {
    historySize,
    prepareTimeoutMs: Duration.parse(prepareTimeout).ms,
    subscriberTimeoutMs: Duration.parse(subscriberTimeout).ms,
    bootPolicy: options.bootPolicy ?? "fail",
    settleTimeoutMs: toSettleTimeout(watch),
    watch: watch === false ? undefined : toWatchSettings(watch),
    metricsPrefix: options.metricsPrefix ?? "llmcfg_",
  };
}

/** @throws {ConfigError} `invalid_option`, or of a duration that does not parse */
export function toWatchSettings(options: WatchOptions): WatchSettings {
  const { mode = "events", debounce = "500ms", maxWait = "5s", pollInterval = "5s" } = options;
  const { jitter = 0 } = options;
  const { perMinute, burst } = options.rate ?? { perMinute: 12, burst: 3 };
  const debounceMs = Duration.parse(debounce).ms;
  const pollIntervalMs = Duration.parse(pollInterval).ms;
  requireRange("debounce in milliseconds", debounceMs, 0, 60_000);
  requireRange("pollInterval in milliseconds", pollIntervalMs, 1, Number.POSITIVE_INFINITY);
  requireRange("rate.perMinute", perMinute, 0.01, Number.POSITIVE_INFINITY);
  requireRange("rate.burst", burst, 1, Number.POSITIVE_INFINITY);
  requireRange("jitter", jitter, 0, 1);
  const maxWaitMs = Duration.parse(maxWait).ms;
  const rate = { tokensPerMinute: perMinute, burst };
  return { mode, debounceMs, maxWaitMs, pollIntervalMs, jitterMs: jitter * maxWaitMs, ...rate };
}

function toSettleTimeout(watch: WatchOptions | false): number {
  const { settleTimeout = "2s" } = watch === false ? {} : watch;
  const settleTimeoutMs = Duration.parse(settleTimeout).ms;
  requireRange("settleTimeout in milliseconds", settleTimeoutMs, 0, 60_000);
  return settleTimeoutMs;
}

/** Whatever begins a name of Prometheus, or nothing. */
function requireMetricsPrefix<T>({ metricsPrefix = "" }: ManagerOptions<T>): void {
  if (/^(?:[a-zA-Z_:][a-zA-Z0-9_:]*)?$/.test(metricsPrefix)) return;
  const message = `metricsPrefix ${JSON.stringify(metricsPrefix)} cannot begin the name of a metric`;
  throw new ConfigError("invalid_option", message, { hint: "write for example llmcfg_" });
}

const MIN_CHECKSUM_KEY_LENGTH = 16;

function requireChecksumKey<T>({ checksumKey }: ManagerOptions<T>): void {
  if (checksumKey === undefined || checksumKey.length >= MIN_CHECKSUM_KEY_LENGTH) return;
  const message = `checksumKey has fewer than ${MIN_CHECKSUM_KEY_LENGTH} characters`;
  throw new ConfigError("invalid_option", message);
}

/** Shorter ones can be guessed. */
const MIN_STATE_KEY_LENGTH = 32;

function requireState<T>({ bootPolicy, stateDir, stateKey }: ManagerOptions<T>): void {
  if (stateDir === undefined && bootPolicy === "last_known_good") {
    throw new ConfigError("invalid_option", "bootPolicy last_known_good needs a stateDir");
  }
  if (stateDir === undefined && stateKey !== undefined) {
    throw new ConfigError("invalid_option", "stateKey needs a stateDir");
  }
  if (stateKey !== undefined && stateKey.length < MIN_STATE_KEY_LENGTH) {
    const message = `stateKey is too short: expected at least ${MIN_STATE_KEY_LENGTH} characters`;
    throw new ConfigError("invalid_option", message, {
      hint: "make one with: openssl rand -base64 32",
    });
  }
}

function requireRange(name: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  const range = most === Number.POSITIVE_INFINITY ? `≥ ${least}` : `${least}–${most}`;
  throw new ConfigError("invalid_option", `${name} is ${value}: expected ${range}`);
}
