import type { Ending } from "../reload/command.ts";
import type { Trigger } from "../reload/trigger.ts";
import { type Family, gauge, type Sample } from "./format-metrics.ts";
import { StageDurations } from "./stage-durations.ts";

/** Numbers by one label, or by several joined with a zero byte. */
class Counts {
  readonly #labels: readonly string[];
  readonly #values = new Map<string, number>();

  constructor(...labels: readonly string[]) {
    this.#labels = labels;
  }

  add(values: readonly string[], count = 1): void {
    const id = values.join("\0");
    this.#values.set(id, (this.#values.get(id) ?? 0) + count);
  }

  samples(): readonly Sample[] {
    return [...this.#values].map(([id, value]) => {
      const values = id.split("\0");
      const labels = this.#labels.map((label, i) => [label, values[i] ?? ""] as const);
      return { labels: Object.fromEntries(labels), value };
    });
  }
}

function counter(name: string, help: string, counts: Counts): Family {
  return { name, type: "counter", help, samples: counts.samples() };
}

/** What a manager counts about itself. */
export class ReloadCounts {
  readonly #reloads = new Counts("result", "trigger");
  readonly #subscriberErrors = new Counts("subscriber");
  readonly #subscriberSkipped = new Counts("subscriber");
  readonly #vetoes = new Counts("participant");
  readonly #rotations = new Counts("result");
  readonly #durations = new StageDurations();
  #lastSuccessful = true;
  #refusedErrors = 0;
  #lastSuccessAtMs: number;

  constructor(bootedAtMs: number) {
    this.#lastSuccessAtMs = bootedAtMs;
  }

  reload({ result, stages }: Pick<Ending, "result" | "stages">, nowMs: number): void {
    const { status, trigger, errors } = result;
    this.#reloads.add([status, trigger]);
    this.#durations.add(stages);
    this.#refusedErrors = status === "rejected" ? errors.length : 0;
    this.#lastSuccessful = status !== "rejected";
    if (this.#lastSuccessful) this.#lastSuccessAtMs = nowMs;
  }

  deferred(trigger: Trigger): void {
    this.#reloads.add(["deferred", trigger]);
  }

  subscriberError(name: string): void {
    this.#subscriberErrors.add([name]);
  }

  subscriberSkipped(name: string, count: number): void {
    this.#subscriberSkipped.add([name], count);
  }

  veto(participant: string): void {
    this.#vetoes.add([participant]);
  }

  /** `ok`: a secret has another value; `failed`: one could not be fetched again. */
  rotation(result: "ok" | "failed"): void {
    this.#rotations.add([result]);
  }

  /** Errors for which the last reload was refused; 0 where it was not. */
  get refusedErrors(): number {
    return this.#refusedErrors;
  }

  families(): readonly Family[] {
    const errors = this.#subscriberErrors;
    const skipped = this.#subscriberSkipped;
    const successful = this.#lastSuccessful ? 1 : 0;
    const at = this.#lastSuccessAtMs / 1_000;
    return [
      counter("config_reload", "Reloads by result and trigger.", this.#reloads),
      this.#durations.family(),
      gauge("config_last_reload_successful", "Whether the last reload succeeded.", {
        value: successful,
      }),
      gauge("config_last_reload_success_timestamp_seconds", "When a reload last succeeded.", {
        value: at,
      }),
      counter("config_subscriber_errors", "Listeners that failed or took too long.", errors),
      counter("config_subscriber_skipped", "Versions that listeners did not see.", skipped),
      counter("config_participant_vetoes", "Refusals of the two-phase swap.", this.#vetoes),
      counter(
        "config_secret_rotations",
        "Secrets that changed, or failed to be fetched again.",
        this.#rotations,
      ),
    ];
  }
}
