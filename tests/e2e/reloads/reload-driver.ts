/**
 * Reloads, one after the other, of all three sources in turn.
 *
 * @module
 */

import type { ConfigManager } from "@llmcfg/config";
import type { JsonObject } from "@llmcfg/core";
import type { GatewayConfig } from "@llmcfg/gateway";
import type { State } from "./check-answers.ts";
import { type GatewayBed, VETOED } from "./gateway-bed.ts";

const SOURCES = ["file", "map", "plane"] as const;
type Source = (typeof SOURCES)[number];

const PATIENCE_MS = 20_000;

const MAP_FAULTS = ['{"no":1}', "{"] as const;

const FILE_FAULTS: readonly JsonObject[] = [
  { resilience: { enable_queuing: true } }, // what the gateway does not do
  { routing: { enable_caching: "perhaps" } },
  { metadata: { name: VETOED } },
];

/** Drives the sources of a bed, and knows which state each version must have. */
export class ReloadDriver {
  /** What was written, by the version that it became. */
  readonly states = new Map<number, State>();
  readonly counts = { applied: 0, refused: 0 };
  /** What did not go as it must: invalid content with an effect, valid content without one. */
  readonly faults: string[] = [];
  readonly #bed: GatewayBed;
  readonly #config: ConfigManager<GatewayConfig>;
  #state: State = { file: 1, map: 1, plane: 1 };
  #turn = 0;

  constructor(bed: GatewayBed) {
    this.#bed = bed;
    this.#config = bed.gateway.config;
    this.states.set(this.#config.version, this.#state);
  }

  /** One in ten is invalid, of each source in turn. */
  async run(reloads: number): Promise<void> {
    for (let done = 0; done < reloads; done++) {
      const turn = this.#turn++;
      const source = SOURCES[turn % SOURCES.length] ?? "file";
      if (turn % 10 === 9) await this.#refuse(source, Math.floor(turn / 30));
      else await this.#apply(source);
    }
  }

  async #apply(source: Source): Promise<void> {
    const before = this.#config.version;
    const next = { ...this.#state, [source]: this.#state[source] + 1 };
    if (source === "plane") {
      const isSeen = () => this.#generation("plane") === next.plane;
      await this.#hear("change", { isIt: isSeen, after: () => this.#bed.commit(next.plane) });
    } else {
      await this.#write(source, next[source]);
      await this.#config.reload();
    }
    if (this.#config.version <= before || this.#generation(source) !== next[source]) {
      this.faults.push(`${source} ${next[source]} was not applied`);
    }
    this.#state = next;
    this.states.set(this.#config.version, next);
    this.counts.applied++;
  }

  /** Invalid content is reported, and changes nothing; then what was there before is there again. */
  async #refuse(source: Source, round: number): Promise<void> {
    const before = this.#config.snapshot();
    await this.#hear("reload_failed", {
      isIt: () => true,
      after: () => this.#spoil(source, round),
    });
    this.counts.refused++;
    if (this.#config.snapshot() !== before) this.faults.push(`invalid ${source} had an effect`);
    if (source === "plane") return await this.#apply("plane"); // and back, once that is seen
    await this.#write(source, this.#state[source]);
    await this.#config.reload();
    if (this.#config.snapshot() !== before) this.faults.push(`${source} did not come back`);
  }

  /** Each round fails in another way: a rule of the gateway, parsing or checking, a veto. */
  async #spoil(source: Source, round: number): Promise<void> {
    if (source === "plane") return await this.#bed.commit(this.#state.plane + 1, "nobody");
    await this.#spoilFiles(source, round);
    const { status } = await this.#config.reload();
    if (status !== "rejected") this.faults.push(`invalid ${source} was ${status}`);
  }

  async #spoilFiles(source: "file" | "map", round: number): Promise<void> {
    const { file, map } = this.#state;
    if (source === "map")
      return await this.#bed.swapMap(map + 1, { "b.json": MAP_FAULTS[round % 2] ?? "" });
    return await this.#bed.writeFile(file + 1, FILE_FAULTS[round % 3]);
  }

  async #write(source: "file" | "map", number: number): Promise<void> {
    if (source === "file") await this.#bed.writeFile(number);
    else await this.#bed.swapMap(number);
  }

  #generation(source: Source): number | undefined {
    const { generation } = this.#config.current().extensions as {
      readonly generation?: Readonly<Record<Source, number>>;
    }; // as it was written
    return generation?.[source];
  }

  /** Listens, does what is to be heard of, and waits. @throws where it is not heard of in time */
  async #hear(
    name: string,
    { isIt, after }: { readonly isIt: () => boolean; readonly after: () => Promise<void> },
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = () => reject(new Error(`no ${name} within ${PATIENCE_MS} ms`));
    const timer = setTimeout(late, PATIENCE_MS);
    const hear = () => isIt() && resolve();
    this.#config.events.addEventListener(name, hear);
    try {
      await Promise.all([promise, after()]);
    } finally {
      clearTimeout(timer);
      this.#config.events.removeEventListener(name, hear);
    }
  }
}
