import { PeerTime } from "../../doctor/clock-skew.ts";
import type { DoctorFinding } from "../../doctor/doctor-finding.ts";
import { faultOfRead, MAX_ANSWER_MS, reachFinding } from "../../doctor/remote-finding.ts";
import type {
  ConfigSource,
  SourceOutcome,
  SourceRead,
  SourceReadContext,
  SourceWatchContext,
} from "../config-source.ts";
import type { RemoteTools } from "./remote-tools.ts";

export interface LazySourceOptions {
  readonly id: string;
  readonly kind: string;
  /** Loads the code of the source and makes it. Called again if it failed. */
  readonly load: (tools: RemoteTools) => Promise<ConfigSource>;
  readonly tools: RemoteTools;
}

/** A source whose code is loaded when it is needed first, so that nobody pays for other kinds. */
export class LazySource implements ConfigSource {
  readonly id: string;
  readonly kind: string;
  readonly #load: LazySourceOptions["load"];
  readonly #tools: RemoteTools;
  #source: Promise<ConfigSource> | undefined;
  #isDisposed = false;

  constructor({ id, kind, load, tools }: LazySourceOptions) {
    this.id = id;
    this.kind = kind;
    this.#load = load;
    this.#tools = tools;
  }

  async read(context: SourceReadContext): Promise<SourceRead> {
    const source = await this.#open();
    return await source.read(context);
  }

  /** @throws {TypeError} where the source cannot say that something changed */
  async watch(context: SourceWatchContext): Promise<AsyncDisposable> {
    const source = await this.#open();
    if (source.watch === undefined) throw new TypeError(`${this.id} cannot be watched`);
    return await source.watch(context);
  }

  async report(outcome: SourceOutcome): Promise<void> {
    const source = await this.#source;
    await source?.report?.(outcome);
  }

  /**
   * Whether it answers, and whether both sides have the same time. It is asked by a connection of its
   * own: what is read here is not taken for seen by whoever watches.
   */
  async doctor(): Promise<readonly DoctorFinding[]> {
    const time = new PeerTime(this.#tools.clock);
    await using source = await this.#load({ ...this.#tools, onAnswer: time.onAnswer });
    const signal = AbortSignal.timeout(MAX_ANSWER_MS);
    const read = await source.read({ previous: undefined, field: unknownField, signal });
    return [reachFinding(this.id, faultOfRead(read)), ...time.findings(this.id)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    const source = await this.#source?.catch(() => undefined);
    await source?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<ConfigSource> {
    if (this.#isDisposed) throw new Error(`the source ${this.id} is closed`);
    this.#source ??= this.#load(this.#tools);
    try {
      return await this.#source;
    } catch (error) {
      this.#source = undefined;
      throw error;
    }
  }
}

/** What text means is decided when layers are merged, and not by who asks whether there is any. */
function unknownField(): undefined {
  return undefined;
}
