import type { BundleState } from "../bundle/bundle-state.ts";
import type { Runtime } from "../runtime.ts";
import { SecretHandle } from "../secrets/secret-handle.ts";
import { type SecretReader, textOfSecret } from "../secrets/secret-reader.ts";
import { changesBetween } from "./change.ts";
import { ChangeFeed } from "./change-feed.ts";
import { StateView, type ValueSchema } from "./config-view.ts";
import { Participants } from "./participants.ts";
import { toVeto } from "./veto.ts";

/** What is in force at one time; replaced as a whole. */
interface InForce<T> {
  readonly state: BundleState;
  readonly view: StateView;
  readonly value: T;
}

/** The one state that the application works with, and all who have a say in the next. */
export class StateInForce<T> implements Disposable {
  readonly participants: Participants;
  readonly feed: ChangeFeed = new ChangeFeed();
  readonly #schema: ValueSchema<T>;
  readonly #secrets: SecretReader;
  /** By path: what later states have to fit. One each, however often it is asked for. */
  readonly #schemas = new Map<string, ValueSchema<unknown>>();
  #now: InForce<T> | undefined;

  constructor(options: {
    readonly schema: ValueSchema<T>;
    readonly secrets: SecretReader;
    readonly runtime: Runtime;
  }) {
    this.#schema = options.schema;
    this.#secrets = options.secrets;
    this.participants = new Participants(options.runtime);
  }

  /** @throws {TypeError} before there is one */
  get now(): InForce<T> {
    if (this.#now === undefined) throw new TypeError("no state has come into force yet");
    return this.#now;
  }

  /** From now on a state comes into force only if its value at the path fits, or is not there. */
  require(path: string, schema: ValueSchema<unknown>): void {
    this.#schemas.set(path, schema);
  }

  /**
   * Brings a state into force, if schemas and participants take it; a state that equals the one in
   * force they are not asked about.
   *
   * @throws {LlmcfgError} `RULE_VIOLATION`; what is in force stays
   */
  async accept(state: BundleState): Promise<void> {
    const before = this.#now;
    const view = new StateView(state, (key) => this.#handleOf(state, key));
    const value = this.#check(view);
    if (before?.state.bundle.hash !== state.bundle.hash) {
      await this.participants.agree(view, before?.view).catch((error: unknown) => {
        throw toVeto(error, "");
      });
    }
    this.#now = { state, view, value };
    const changes = before === undefined ? [] : changesBetween(before.state.hashes, state.hashes);
    if (changes.length > 0) this.feed.publish({ revision: view.revision, changes });
  }

  [Symbol.dispose](): void {
    this.feed[Symbol.dispose]();
  }

  #check(view: StateView): T {
    for (const [path, schema] of this.#schemas) attempt(path, () => view.get(path, schema));
    return attempt("", () => this.#schema.parse(view.get("")));
  }

  #handleOf({ bundle, hashes }: BundleState, key: string): SecretHandle {
    const ref = { env: bundle.env, service: bundle.service, key };
    const place = { ref, hash: hashes.get(key) };
    return new SecretHandle(async () => textOfSecret((await this.#secrets.reveal(place)).value));
  }
}

function attempt<R>(path: string, check: () => R): R {
  try {
    return check();
  } catch (error) {
    throw toVeto(error, path);
  }
}
