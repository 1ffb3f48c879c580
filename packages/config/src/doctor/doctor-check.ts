/**
 * What the doctor examines, and what a check is.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { FileSystem } from "../file-system.ts";
import type { IgnoredVariable } from "../sources/environment/ignored-variables.ts";
import type { DoctorFinding } from "./doctor-finding.ts";
import type { WrittenFile } from "./written-file.ts";

/** One question about how changes reach a process, and one answer with one fix. */
export interface DoctorCheck {
  readonly id: string;
  /** Half a sentence, for what it says when it cannot be carried out. */
  readonly subject: string;
  run(subject: DoctorSubject, signal: AbortSignal): Promise<Verdict | readonly DoctorFinding[]>;
}

/** What a check found; {@link DoctorFinding} has its id as well. */
export type Verdict = Omit<DoctorFinding, "id">;

/** Everything that the checks look at: of a manager, or of files without one. */
export interface DoctorSubject {
  /** What is watched, each once. */
  readonly files: readonly ExaminedFile[];
  /** Directories in which configuration files come and go. */
  readonly directories: readonly string[];
  /** Nothing where the environment is no source. */
  readonly variables: readonly IgnoredVariable[] | undefined;
  /** Remote sources and secret backends. */
  readonly remotes: readonly RemoteProbe[];
  /** What the process writes. */
  readonly written: readonly WrittenFile[];
  /** What is there and not in force, or why it is not known what is. */
  readonly newer: FindNewerContent | { readonly unknown: string };
  readonly watch: {
    readonly mode: "events" | "poll";
    readonly debounceMs: number;
    readonly pollIntervalMs: number;
    /** What a busy machine is given beyond these; default 2 s. */
    readonly graceMs?: number;
  };
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** Where the system tells of itself: `/proc`. */
  readonly proc: string;
}

export interface ExaminedFile {
  readonly path: string;
  /** `secret`: what lies in it is one. */
  readonly role: "source" | "reference" | "secret";
}

export interface RemoteProbe {
  readonly name: string;
  /** @returns what is wrong in half a sentence, or what the source says of itself */
  ask(signal: AbortSignal): Promise<string | undefined | readonly DoctorFinding[]>;
}

export type FindNewerContent = (signal: AbortSignal) => Promise<readonly NewerContent[]>;

export interface NewerContent {
  readonly source: string;
  /** Why it is not in force, as half a sentence. */
  readonly reason: string;
}

/** Nothing to look at. */
export function notApplicable(message: string): Verdict {
  return { result: "not_applicable", message };
}

export function pass(message: string): Verdict {
  return { result: "pass", message };
}
