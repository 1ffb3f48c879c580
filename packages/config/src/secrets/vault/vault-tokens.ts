import { Backoff } from "../../backoff.ts";
import type { Clock } from "../../clock.ts";
import { ConfigError } from "../../errors.ts";
import { leaseIn, type VaultLease } from "./vault-answer.ts";
import type { VaultConnection } from "./vault-connection.ts";
import { LOOKUP_SELF, type VaultLogin } from "./vault-login.ts";

export interface VaultTokensOptions {
  readonly connection: VaultConnection;
  readonly login: VaultLogin;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
}

interface HeldToken extends VaultLease {
  readonly untilMs: number;
}

/** The part of a lease after which it is renewed. */
const RENEW_AFTER = 2 / 3;
/** A token is not begun to be used so shortly before its end, in milliseconds. */
const LAST_MS = 5_000;

/**
 * The token that a vault is asked with: logged in when it is needed, renewed at two thirds of its
 * lease, and logged in again when its time is over or it is refused. One login at a time.
 */
export class VaultTokens implements Disposable {
  readonly #options: VaultTokensOptions;
  readonly #backoff: Backoff;
  #held: HeldToken | undefined;
  #opening: Promise<HeldToken> | undefined;
  #timer: Disposable | undefined;
  #isEnded = false;

  constructor(options: VaultTokensOptions) {
    this.#options = options;
    this.#backoff = new Backoff({ random: options.random });
  }

  /** @throws {ConfigError} as {@link VaultLogin} */
  async get(): Promise<string> {
    const held = this.#held;
    if (held !== undefined && this.#options.clock.now() < held.untilMs) return held.token;
    return (await this.#open()).token;
  }

  /** Another token than the refused one; nothing where that one is good, or there is no other. */
  async replace(refused: string): Promise<string | undefined> {
    if (this.#held?.token === refused) {
      const { token, untilMs } = this.#held;
      const isInTime = this.#options.clock.now() < untilMs;
      if (isInTime && (await this.#isAlive(token))) return undefined;
      if (this.#held?.token === refused) this.#held = undefined;
    }
    const token = await this.get();
    return token === refused ? undefined : token;
  }

  [Symbol.dispose](): void {
    this.#isEnded = true;
    this.#held = undefined;
    this.#timer?.[Symbol.dispose]();
  }

  async #isAlive(token: string): Promise<boolean> {
    const { status } = await this.#options.connection.ask({ path: LOOKUP_SELF, token });
    return status === 200;
  }

  async #open(): Promise<HeldToken> {
    const { login, connection } = this.#options;
    this.#opening ??= login(connection)
      .then((lease) => this.#hold(lease))
      .finally(() => {
        this.#opening = undefined;
      });
    return await this.#opening;
  }

  #hold(lease: VaultLease): HeldToken {
    const { leaseMs = Number.POSITIVE_INFINITY } = lease;
    const lastMs = Math.min(leaseMs / 10, LAST_MS);
    const held = { ...lease, untilMs: this.#options.clock.now() + leaseMs - lastMs };
    if (this.#isEnded) return held;
    this.#held = held;
    this.#backoff.reset();
    if (lease.isRenewable && lease.leaseMs !== undefined) {
      this.#renewIn(lease.leaseMs * RENEW_AFTER, held);
    }
    return held;
  }

  #renewIn(ms: number, held: HeldToken): void {
    this.#timer?.[Symbol.dispose]();
    if (ms < 1_000 || this.#isEnded) return; // at the end of what may be renewed: a login is next
    const renew = () => void this.#renew(held);
    this.#timer = this.#options.clock.setTimeout(renew, ms, { isBackground: true });
  }

  /** What fails is tried again while the token lives; what is refused waits for its end. */
  async #renew(held: HeldToken): Promise<void> {
    const { connection, clock } = this.#options;
    if (this.#held !== held) return;
    try {
      const { token } = held;
      const answer = await connection.ask({ path: "auth/token/renew-self", token, body: {} });
      if (this.#held === held && answer.status === 200) this.#hold(leaseIn(answer));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (this.#held === held && clock.now() < held.untilMs) {
        this.#renewIn(Math.max(this.#backoff.next(), 1_000), held);
      }
    }
  }
}
