/**
 * The worker thread of `TextParser`: parses one text after the other.
 *
 * @module
 */

import { parentPort } from "node:worker_threads";
import { buffersOf, type ParseJob, packText } from "./packed-text.ts";

parentPort?.on("message", (job: ParseJob) => {
  const answer = packText(job);
  parentPort?.postMessage(answer, buffersOf(answer)); // handed over, not copied
});
