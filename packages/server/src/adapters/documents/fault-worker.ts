/**
 * The worker thread of `ThreadedDocumentReader`: looks at one text after the other.
 *
 * @module
 */

import { parentPort } from "node:worker_threads";
import type { Format } from "@llmcfg/config/sources";
import type { DocumentFault } from "../../modules/configs/ports.ts";
import { findFault } from "./find-fault.ts";

export interface FaultJob {
  readonly id: number;
  readonly text: string;
  readonly format: Format;
}

export interface FaultAnswer {
  readonly id: number;
  readonly fault: DocumentFault | undefined;
}

parentPort?.on("message", ({ id, text, format }: FaultJob) => {
  const answer: FaultAnswer = { id, fault: findFault(text, format) };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, no window
  parentPort?.postMessage(answer);
});
