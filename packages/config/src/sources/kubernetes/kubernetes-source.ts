import { createHash, randomBytes } from "node:crypto";
import { Backoff } from "../../backoff.ts";
import { abortable } from "../../concurrency.ts";
import { DEFAULT_LIMITS } from "../../formats/limits.ts";
import { formatOf } from "../../formats/parse-text.ts";
import { readCredential } from "../../references/read-material.ts";
import { parseReferences } from "../../references/reference.ts";
import { Duration } from "../../values/duration.ts";
import type {
  ConfigSource,
  SourceFailure,
  SourceRead,
  SourceReadContext,
  SourceWatchContext,
} from "../config-source.ts";
import { contentHash } from "../content-hash.ts";
import { missing, toFailure } from "../remote/remote-failure.ts";
import type { KubernetesSourceOptions } from "../remote/remote-options.ts";
import type { RemoteTools } from "../remote/remote-tools.ts";
import { watchLoop } from "../remote/watch-loop.ts";
import { ApiFailure } from "./api-failure.ts";
import { findCluster } from "./cluster-access.ts";
import { type ApiLimits, ClusterApi, type ObjectPlace } from "./cluster-api.ts";
import type { ClusterObject } from "./cluster-object.ts";
import { listAndWatch } from "./list-and-watch.ts";
import { documentsIn, type KeyedDocument, toContent } from "./object-content.ts";
import { requireName, requireNamespace } from "./object-names.ts";
import { ObjectSight } from "./object-sight.ts";

/**
 * A ConfigMap or Secret as a source, read from the API server: nothing depends on a mounted file.
 *
 * The name may be a reference such as `${file:/etc/podinfo/config}`: it is read anew each time, so
 * that an immutable object is replaced by naming its successor.
 *
 * @throws {ConfigError} `invalid_option`, `unsupported_extension`, or of a duration
 */
export function createKubernetesSource(
  options: KubernetesSourceOptions,
  tools: RemoteTools,
): ConfigSource {
  return new KubernetesSource(options, tools);
}

class KubernetesSource implements ConfigSource {
  readonly id: string;
  readonly kind = "kubernetes";
  readonly #options: KubernetesSourceOptions;
  readonly #tools: RemoteTools;
  readonly #limits: ApiLimits;
  /** Hashes are shown; without the key nobody can try out what a Secret holds. */
  readonly #hashKey = randomBytes(32);
  readonly #sight: ObjectSight;
  readonly #ended = new AbortController();
  /** What is watched now, and what ends that connection. */
  #watched: { readonly name: string; readonly leave: AbortController } | undefined;

  constructor(options: KubernetesSourceOptions, tools: RemoteTools) {
    const { resource = "ConfigMap", namespace, name, key, timeout = "10s" } = options;
    requireNamespace(namespace);
    if (!name.includes("${")) requireName(name);
    if (key !== undefined) formatOf(key);
    const path = `${namespace}/${resource.toLowerCase()}/${name}`;
    this.id = options.id ?? `kubernetes:${key === undefined ? path : `${path}/${key}`}`;
    this.#options = options;
    this.#tools = tools;
    const { maxBytes = DEFAULT_LIMITS.maxBytes } = options;
    this.#limits = { timeoutMs: Duration.parse(timeout).ms, maxBytes };
    this.#sight = new ObjectSight((object) => this.#hashOf(documentsIn(object, key)));
  }

  async read({ previous, signal }: SourceReadContext): Promise<SourceRead> {
    try {
      const place = await this.#findPlace();
      this.#leaveOther(place.name);
      await using api = await this.#openApi();
      const object = await api.get(place, signal);
      this.#sight.read(object);
      if (object === undefined) return absent(place);
      signal.throwIfAborted();
      return await abortable(this.#toRead(object, previous, api.urlOf(place)), signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#sight.failed();
      return failureOf(error);
    }
  }

  async watch({ signal, alive, aborted }: SourceWatchContext): Promise<AsyncDisposable> {
    const { clock, random } = this.#tools;
    return watchLoop({
      run: (ended, healthy) => this.#connect(ended, { healthy, signal }),
      backoff: new Backoff({ random }),
      clock,
      alive,
      aborted: AbortSignal.any([aborted, this.#ended.signal]),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
  }

  /** One connection's worth of watching. */
  async #connect(
    ended: AbortSignal,
    {
      healthy,
      signal: tell,
    }: Pick<SourceWatchContext, "signal"> & { readonly healthy: () => void },
  ): Promise<void> {
    const place = await this.#findPlace();
    const leave = new AbortController();
    this.#watched = { name: place.name, leave };
    await using api = await this.#openApi();
    const { clock, random } = this.#tools;
    const notice = (object: ClusterObject | undefined) => {
      if (this.#sight.isNew(object)) tell({ reason: object === undefined ? "deleted" : "changed" });
    };
    const signal = AbortSignal.any([ended, leave.signal]);
    const { maxBytes } = this.#limits;
    await listAndWatch({ api, place, maxBytes, clock, random, signal, notice, healthy });
  }

  /** A watch of an object that is not meant any more begins again with the one that is. */
  #leaveOther(name: string): void {
    if (this.#watched !== undefined && this.#watched.name !== name) this.#watched.leave.abort();
  }

  async #findPlace(): Promise<ObjectPlace> {
    const { resource: kind = "ConfigMap", namespace, name } = this.#options;
    const found = (await readCredential(name, this.#tools)).trim();
    requireName(found);
    return { kind, namespace, name: found };
  }

  async #openApi(): Promise<ClusterApi> {
    const access = await findCluster(this.#options, this.#tools);
    return new ClusterApi(access, this.#limits, this.#tools);
  }

  async #toRead(
    object: ClusterObject,
    previous: SourceReadContext["previous"],
    url: URL,
  ): Promise<SourceRead> {
    const { resource: kind = "ConfigMap", key } = this.#options;
    const { uid, resourceVersion: revision } = object;
    const documents = documentsIn(object, key);
    const hash = this.#hashOf(documents);
    if (hash === previous?.hash) return { state: "unchanged" };
    if (documents.length === 0 && key !== undefined)
      return missing(`${object.name} has no key ${key}`);
    const about = { id: this.id, kind, url: url.href, revision };
    const content = await toContent(documents, about, this.#tools);
    if (content.state !== "ok") return content;
    return { ...content, identity: `${uid}/${revision}`, hash, revision, files: this.#nameFiles() };
  }

  #hashOf(documents: readonly KeyedDocument[]): string {
    const hashes = documents.map(({ key, bytes }) => [key, contentHash(bytes)]);
    const text = JSON.stringify(hashes);
    if (this.#options.resource !== "Secret") return contentHash(text);
    return createHash("sha3-256").update(this.#hashKey).update(text).digest("hex");
  }

  /** The files that the name is read from: another name is another content. */
  #nameFiles(): readonly string[] {
    return parseReferences(this.#options.name).flatMap((part) =>
      part.type === "reference" && part.reference.kind === "file" ? [part.reference.path] : [],
    );
  }
}

function absent({ kind, namespace, name }: ObjectPlace): SourceFailure {
  return missing(`there is no ${kind} ${name} in the namespace ${namespace}`);
}

/** Without the right to see it nobody can read it; anything else may pass by itself. */
function failureOf(error: unknown): SourceFailure {
  const isDenied = error instanceof ApiFailure && error.reason === "denied";
  return isDenied ? { state: "unreadable", cause: error } : toFailure(error);
}
