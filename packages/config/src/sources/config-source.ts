/**
 * What supplies a layer: a file, the environment, a control plane, or anything of one's own.
 *
 * @module
 */

import type { JsonPointer } from "@llmcfg/core";
import type { DoctorFinding } from "../doctor/doctor-finding.ts";
import type { Format } from "../formats/parse-text.ts";
import type { FieldInfo } from "../schema/config-schema.ts";
import type { ConfigPath } from "../schema/config-types.ts";
import type { SecretsManager } from "../secrets/secrets-manager.ts";
import type { Finding } from "../validate/finding.ts";
import type { Duration } from "../values/duration.ts";
import type { Located, Position } from "./located.ts";
import type { SeenPath } from "./seen-path.ts";

/** One supplier of a layer. Implementations MUST be restartable after a failed read. */
export interface ConfigSource extends AsyncDisposable {
  /** Unique among the sources of a loader: `file:/etc/gateway/gateway.yaml`. */
  readonly id: string;
  /** Also the name of its backend in `${secret://<kind>/…}`, if it has {@link secrets}. */
  readonly kind: string;
  /** One stable read. MUST NOT throw for missing, unreachable or malformed content. */
  read(context: SourceReadContext): Promise<SourceRead>;
  /** Calls `signal` when content may have changed; the manager decides by reading. */
  watch?(context: SourceWatchContext): Promise<AsyncDisposable>;
  /**
   * Told after every reload, also an unchanged one, whether what it delivered was applied.
   * What it throws is counted and otherwise ignored.
   */
  report?(outcome: SourceOutcome): Promise<void>;
  /**
   * What the source knows of itself that keeps changes from coming: for the reload doctor (CHK-8).
   * Without it the doctor reads the source. MUST end when it is given up, after 10 s at most.
   */
  doctor?(): Promise<readonly DoctorFinding[]>;
  /** Manager behind `${secret://<kind>/…}`; the default one when the loader was given none. */
  readonly secrets?: SecretsManager;
}

/** What a source is told when it is read. */
export interface SourceReadContext {
  /** What the last successful read returned. */
  readonly previous: { readonly identity: string; readonly hash: string } | undefined;
  /** What the schema says about a place. */
  readonly field: (path: ConfigPath) => FieldInfo | undefined;
  /**
   * Makes the layer of a document, in the worker thread of the loader where it is large (LOAD-18): the
   * event loop goes on meanwhile. Rejects once the loader is closed. A loader always gives it.
   */
  readonly parse?: (document: SourceDocument) => Promise<ParsedDocument>;
  readonly signal: AbortSignal;
}

/** A document that came over the network, not parsed yet. */
export interface SourceDocument {
  readonly bytes: Uint8Array;
  readonly format: Format;
  /** Of the document as a whole; positions in it have line and column too. */
  readonly at: Position & { readonly kind: "remote" };
}

/** What a document is: all of a {@link SourceContent} that comes from its text, or why there is none. */
export type ParsedDocument =
  | ({ readonly state: "ok" } & Required<Pick<SourceContent, "tree" | "texts" | "reread">>)
  | { readonly state: "empty" }
  | Extract<SourceFailure, { readonly state: "malformed" }>;

/** What a source is told when it is watched. */
export interface SourceWatchContext {
  /**
   * Says that a read may bring something new. `whole`: the content is complete and ordered, so
   * there is no debounce and no rate limit.
   */
  readonly signal: (hint?: { readonly reason: string; readonly whole?: boolean }) => void;
  /**
   * Says that the watch hears of nothing for now, or hears again: for who looks at the health of the
   * process. A watch that never says so is taken to hear.
   */
  readonly alive?: (isAlive: boolean) => void;
  /** Aborted when watching ends. */
  readonly aborted: AbortSignal;
  readonly pollInterval: Duration;
}

/** What one read of a source came to. */
export type SourceRead = SourceContent | { readonly state: "unchanged" } | SourceFailure;

/** What a source delivered: a layer, and by what it is recognised again. */
export interface SourceContent {
  readonly state: "ok";
  readonly tree: Located;
  /** Equal to the one before only if nothing can have changed: inode and times, ETag, index. */
  readonly identity: string;
  /** Of the content: equal content has an equal hash. */
  readonly hash: string;
  readonly revision?: string;
  /**
   * Layers that rank directly below this one, the strongest first: what it includes, or the files of
   * a directory. No two of them have the same id.
   */
  readonly below?: readonly LayerBelow[];
  /** Further files that the content depends on; they are watched. */
  readonly files?: readonly string[];
  /** Warnings about what was read: `env_service_link`. */
  readonly findings?: readonly Finding[];
  /** The text of each file or URL that positions lead into (`textOf`), for the snippets of findings. */
  readonly texts?: ReadonlyMap<string, string>;
  /** Where the trees come from {@link texts} alone: they are not kept with versions of the past. */
  readonly reread?: Reread;
}

/** Makes the trees of one content again. MUST come to equal ones; called with equal texts alone. */
export interface Reread {
  /** In this turn. */
  now(texts: ReadonlyMap<string, string>): ReadTrees;
  /** Other work goes on meanwhile. */
  later(texts: ReadonlyMap<string, string>): Promise<ReadTrees>;
}

export type ReadTrees = Pick<SourceContent, "tree" | "below">;

export interface LayerBelow {
  /** Shown as its source: `file:/etc/gateway/conf.d/10-limits.yaml`. */
  readonly id: string;
  readonly tree: Located;
}

/**
 * Why there is no content. `missing`: it is known not to be there. `empty`: nothing in it.
 * `unreachable`: nobody could say. `unreadable`: it is there and cannot be read (permission, a
 * directory). `unstable`: it went on changing while it was read. `malformed`: it cannot be parsed.
 */
export type SourceFailure = (
  | {
      readonly state: "missing" | "empty" | "unreachable" | "unreadable" | "unstable";
      readonly cause: Error;
    }
  | {
      readonly state: "malformed";
      readonly findings: readonly Finding[];
      /**
       * The text of a file or URL that a finding is about, for its snippet. A function, so that whoever
       * prints the failure does not print the text.
       */
      readonly textOf?: (name: string) => string | undefined;
    }
) & {
  /** Files that it failed on: a change of one may mend it, so they are watched. */
  readonly seen?: readonly SeenPath[];
};

/** What became of what a source delivered. */
export type SourceOutcome =
  | { readonly result: "applied"; readonly revision?: string; readonly hash: string }
  | {
      readonly result: "refused";
      readonly revision?: string;
      readonly path?: ConfigPath;
      /** The path as RFC 6901 has it: items by their places. */
      readonly pointer?: JsonPointer;
      readonly reason: string;
    };
