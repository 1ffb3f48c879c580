import type { Hold } from "../history/holds.ts";
import type { ManagerHealth } from "./health.ts";
import { IsolatedEvents, type ListenerOutcomes } from "./isolated-events.ts";
import type { ReloadCounts } from "./reload-counts.ts";

/** The events of a manager, and its health: whoever changes it has it checked. */
export class Announcements {
  readonly events: EventTarget;
  readonly health: ManagerHealth;
  /** What becomes of those who listen, to events or to changes. */
  readonly outcomes: ListenerOutcomes;
  #wasDegraded = false;

  constructor(health: ManagerHealth, counts: ReloadCounts) {
    this.health = health;
    this.outcomes = {
      onFailure: (name) => {
        counts.subscriberError(name);
        health.subscriberFailed(name);
        this.checkHealth();
      },
      onDelivered: (name) => {
        health.subscriberDelivered(name);
        this.checkHealth();
      },
    };
    this.events = new IsolatedEvents(this.outcomes);
  }

  emit(name: string, detail: unknown): void {
    this.events.dispatchEvent(new CustomEvent(name, { detail }));
  }

  emitHolds(holds: readonly Hold[]): void {
    this.emit("hold", { holds: holds.map(({ source }) => source) });
  }

  /** Tells when it is no longer as it should be. */
  checkHealth(): void {
    const { reasons } = this.health;
    const isNews = reasons.length > 0 && !this.#wasDegraded;
    this.#wasDegraded = reasons.length > 0; // before anybody hears of it, who may fail in turn
    if (isNews) this.emit("degraded", { reasons });
  }
}
