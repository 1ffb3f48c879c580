import { dirname, join, resolve } from "node:path";
import type { ListenAddress } from "./listen-address.ts";
import type { LOG_FORMATS, LOG_LEVELS } from "./log.ts";
import type { MetricsSettings } from "./metrics.ts";
import { defaultDataFolder, type Surroundings } from "./places.ts";
import type { LoadedDocument } from "./schema.ts";
import type { StoreSettings } from "./store.ts";

/** All that a server has to be told, complete: paths are absolute, nothing is looked up later. */
export interface ServerSettings {
  /** Loopback, until there is TLS. */
  readonly httpHost: ListenAddress["host"];
  /** 0 takes a free one. */
  readonly httpPort: number;
  /** Where the port is taken: whether to try the following ones. */
  readonly tryNextPorts: boolean;
  /** How the outside reaches it; default: where it listens. */
  readonly publicUrl?: string | undefined;
  readonly store: StoreSettings;
  readonly rootKey:
    | { readonly kind: "ephemeral" }
    | { readonly kind: "local"; readonly file: string; readonly create: boolean };
  /** What this place is called, in `Config-Region` and `/health`; default `local`. */
  readonly region?: string | undefined;
  /** Bounds of the answers that are kept ready to be sent; default 100 MB, 5 minutes. */
  readonly readyReads?: { readonly maxBytes: number; readonly ttlMs: number } | undefined;
  /** How long open requests may take once the server is closed; then they are cut off. Default 5 s. */
  readonly drainMs?: number | undefined;
  /** Default: `/metrics` of the API, without a credential. */
  readonly metrics?: MetricsSettings | undefined;
  /** `dev` accepts a token of its own that may do everything, and makes it. */
  readonly mode: "dev" | "server";
  /** Whether an empty store gets the demo data. */
  readonly demoData: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly logFormat: (typeof LOG_FORMATS)[number];
}

export interface Circumstances extends Surroundings {
  /** In place of the port of `http.addr`. */
  readonly port: number | undefined;
  /** Whether somebody reads along: decides on the form of the log where no setting does. */
  readonly isTerminal: boolean;
}

/** The settings of a server that keeps its data, for its operator. */
export function toServerSettings(settings: LoadedDocument, about: Circumstances): ServerSettings {
  const { http, metrics, cache, region, log } = settings;
  const store = storeOf(settings, about);
  return {
    httpHost: http.addr.host,
    httpPort: about.port ?? http.addr.port,
    tryNextPorts: false,
    publicUrl: http.publicUrl,
    store,
    rootKey: rootKeyOf(settings, store, about),
    region: region.name,
    readyReads: { maxBytes: cache.l1MaxBytes, ttlMs: cache.l1Ttl.ms },
    metrics: { addr: metrics.addr, auth: metrics.auth },
    mode: "server",
    demoData: false,
    logLevel: log.level,
    logFormat: log.format ?? (about.isTerminal ? "pretty" : "json"),
  };
}

function storeOf({ store: { url } }: LoadedDocument, about: Surroundings): StoreSettings {
  if (url === undefined) {
    return { engine: "sqlite", file: join(defaultDataFolder(about), "store.db") };
  }
  return url.engine === "memory" ? url : { ...url, file: resolve(about.cwd, url.file) };
}

/** What is sealed in memory ends with it, and so may its key. */
function rootKeyOf(
  { kek: { uri } }: LoadedDocument,
  store: StoreSettings,
  { cwd }: Surroundings,
): ServerSettings["rootKey"] {
  if (uri.file !== undefined) return { kind: "local", file: resolve(cwd, uri.file), create: true };
  return store.engine === "memory"
    ? { kind: "ephemeral" }
    : { kind: "local", file: join(dirname(store.file), "root.key"), create: true };
}
