import type { HttpClient } from "../../http/http-client.ts";
import { createHttpClient } from "../../http/node-http-client.ts";
import type { MaterialInputs } from "../../references/read-material.ts";
import { contentHash } from "../content-hash.ts";
import type { RemoteCommon } from "./remote-options.ts";
import { type RemoteTools, readTls } from "./remote-tools.ts";

export interface RenewedClientOptions extends Pick<RemoteCommon, "tls"> {
  readonly inputs: MaterialInputs & Pick<RemoteTools, "onAnswer">;
  readonly allowInsecure: boolean;
}

/**
 * A client whose authorities and certificate are those of now. Where they were replaced, the
 * connections made with the old ones end.
 */
export class RenewedClient implements AsyncDisposable {
  readonly #options: RenewedClientOptions;
  #open: { readonly material: string; readonly client: HttpClient } | undefined;
  #isDisposed = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RenewedClientOptions) {
    this.#options = options;
  }

  /** @throws {ConfigError} of material that cannot be read */
  async get(): Promise<HttpClient> {
    const turn = this.#turn.then(() => this.#renew());
    this.#turn = turn.catch(() => {}); // a failure is its caller's
    return await turn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.#turn;
    await this.#open?.client[Symbol.asyncDispose]();
  }

  async #renew(): Promise<HttpClient> {
    if (this.#isDisposed) throw new Error("the source is closed");
    const { inputs, allowInsecure } = this.#options;
    const tls = await readTls(this.#options, inputs);
    const material = contentHash(JSON.stringify([tls.ca, tls.cert, tls.key]));
    if (this.#open?.material === material) return this.#open.client;
    await this.#open?.client[Symbol.asyncDispose]();
    const client = createHttpClient({ tls, allowInsecure, onAnswer: inputs.onAnswer });
    this.#open = { material, client };
    return client;
  }
}
