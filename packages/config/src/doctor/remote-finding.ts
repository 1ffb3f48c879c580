/**
 * What is said of a remote source or a secret backend that was asked.
 *
 * @module
 */

import { failureText } from "../failure-text.ts";
import type { SourceRead } from "../sources/config-source.ts";
import type { DoctorFinding } from "./doctor-finding.ts";

export const CHECK_OF_REMOTES = "CHK-8";

/** How long a remote source may take to answer. */
export const MAX_ANSWER_MS = 10_000;

/** @param fault half a sentence; nothing where it answers as it should */
export function reachFinding(name: string, fault: string | undefined): DoctorFinding {
  const about = { id: CHECK_OF_REMOTES } as const;
  if (fault === undefined) return { ...about, result: "pass", message: `${name} answers` };
  const fix = "check address, network, credentials and permissions";
  return { ...about, result: "fail", message: `${name}: ${fault}`, fix };
}

/** What keeps the source from being used, as half a sentence. */
export function faultOfRead(read: SourceRead): string | undefined {
  if (read.state === "ok" || read.state === "unchanged") return undefined;
  if (read.state === "malformed") return "its content cannot be parsed";
  return `it is ${read.state}: ${failureText(read.cause)}`;
}
