import type { Change, CommitListener } from "../configs/ports.ts";
import { ChangeFeed, type FeedOptions } from "./change-feed.ts";

/** The feed of each tenant that somebody asked for. */
export class Feeds implements CommitListener, AsyncDisposable {
  readonly #options: FeedOptions;
  readonly #opening = new Map<string, Promise<ChangeFeed>>();
  readonly #open = new Map<string, ChangeFeed>();

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  committed(tenant: string, change: Change): void {
    this.#open.get(tenant)?.committed(tenant, change);
  }

  /** @throws {LlmcfgError} `NOT_FOUND` where there is no such tenant */
  async of(tenant: string): Promise<ChangeFeed> {
    let opening = this.#opening.get(tenant);
    if (opening === undefined) {
      opening = this.#start(tenant);
      this.#opening.set(tenant, opening);
    }
    return await opening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#opening.values());
    for (const feed of this.#open.values()) await feed[Symbol.asyncDispose]();
  }

  async #start(tenant: string): Promise<ChangeFeed> {
    try {
      const feed = await ChangeFeed.open(tenant, this.#options);
      this.#open.set(tenant, feed);
      await feed.refresh(); // the hints that came before it was there
      return feed;
    } catch (error) {
      this.#opening.delete(tenant);
      throw error;
    }
  }
}
