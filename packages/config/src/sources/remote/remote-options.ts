/**
 * Remote sources as `addRemote` takes them.
 *
 * @module
 */

export interface RemoteCommon {
  /** Default: the kind and the place, such as `consul:llm/gateway`. */
  readonly id?: string;
  /** May be absent when the process starts. */
  readonly optional?: boolean;
  /** Default 300, below the environment and above files. */
  readonly priority?: number;
  /** Of one exchange; default `10s`. */
  readonly timeout?: string;
  /** Of one answer; default 4 MiB. */
  readonly maxBytes?: number;
  /** Each a path, or a reference to the PEM content itself. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** `${env:TOKEN}` or `${file:/path}`; read anew for each connection. */
  readonly token?: string;
}

/** One key whose value is a document, or a prefix below which each key is a path of its own. */
export type KeyOrPrefix =
  | { readonly key: string; readonly prefix?: never }
  | { readonly prefix: string; readonly key?: never };

/** A document at a URL. */
export interface HttpSourceOptions extends RemoteCommon {
  readonly kind: "http";
  readonly url: string;
  /** Default `30s`, ± 20 %. */
  readonly pollInterval?: string;
  /** Whether the URL may be `http:`. */
  readonly allowInsecure?: boolean;
}

/** A key or a prefix of etcd. */
export type EtcdSourceOptions = RemoteCommon & {
  readonly kind: "etcd";
  /** Client URLs; the next one is tried when one does not answer. */
  readonly endpoints: readonly string[];
  readonly username?: string;
  /** A reference, as {@link RemoteCommon.token}. */
  readonly password?: string;
} & KeyOrPrefix;

/** A key or a prefix of Consul's key-value store. */
export type ConsulSourceOptions = RemoteCommon & {
  readonly kind: "consul";
  readonly address: string;
  readonly datacenter?: string;
  readonly namespace?: string;
} & KeyOrPrefix;

/** A ConfigMap or a Secret, read from the API server. */
export interface KubernetesSourceOptions extends RemoteCommon {
  readonly kind: "kubernetes";
  /** Default `ConfigMap`. */
  readonly resource?: "ConfigMap" | "Secret";
  readonly namespace: string;
  readonly name: string;
  /** Default: all of them, in byte order, like the files of a directory. */
  readonly key?: string;
}

/** A source that is reached over the network. */
export type RemoteSourceOptions =
  | HttpSourceOptions
  | EtcdSourceOptions
  | ConsulSourceOptions
  | KubernetesSourceOptions;
