import type { Bundle } from "@llmcfg/protocol";
import type { Answer } from "../http/answer.ts";
import { parseAnswer } from "../http/parse-answer.ts";
import { resourcePath } from "../http/path.ts";
import type { Send } from "../http/send.ts";
import { flag, type ReadOptions, readQuery } from "./read-options.ts";

/** A service of an environment, or the keys of it that begin with `prefix`. */
export interface NamespaceRef {
  readonly env: string;
  readonly service: string;
  readonly prefix?: string | undefined;
}

export interface BundleOptions extends ReadOptions {
  /** `nested`: by the segments of the keys, instead of by key. */
  readonly shape?: "flat" | "nested" | undefined;
  /** Say of each key who wrote it when, and its hash. */
  readonly meta?: boolean | undefined;
  /** Give sensitive values too; each access is recorded. */
  readonly reveal?: boolean | undefined;
  /** `keep` leaves references in values as text. */
  readonly references?: "keep" | undefined;
}

export interface BundleRequests {
  /**
   * All effective values of a namespace, of one state: never half of a commit.
   *
   * @throws {LlmcfgError} `ENV_NOT_FOUND`, `SERVICE_NOT_FOUND`, `POLICY_DENIED`,
   *   `REVISION_NOT_REACHED`
   */
  getBundle(namespace: NamespaceRef, options?: BundleOptions): Promise<Answer<Bundle>>;

  /**
   * As {@link getBundle}; `undefined` while the state is still the one of `etag`. With `waitMs` the
   * server answers as soon as it is another one (long poll).
   */
  getBundleIfChanged(
    namespace: NamespaceRef,
    etag: string,
    options?: BundleOptions,
  ): Promise<Answer<Bundle> | undefined>;
}

export function bundleRequests(send: Send): BundleRequests {
  return {
    getBundle: async (namespace, options = {}) =>
      parseAnswer(await send(bundleRequest(namespace, options), options)),

    getBundleIfChanged: async (namespace, etag, options = {}) => {
      const headers = { "if-none-match": etag };
      const reply = await send({ ...bundleRequest(namespace, options), headers }, options);
      return reply.status === 304 ? undefined : parseAnswer(reply);
    },
  };
}

function bundleRequest({ env, service, prefix }: NamespaceRef, options: BundleOptions) {
  const { shape, references, waitMs } = options;
  const flags = { meta: flag(options.meta), reveal: flag(options.reveal) };
  const query = { ...readQuery(options), prefix, shape, references, ...flags };
  return { method: "GET" as const, path: resourcePath("bundles", env, service), query, waitMs };
}
