/**
 * The worker thread of `TextParser`: parses one text after the other.
 *
 * @module
 */

import { parentPort } from "node:worker_threads";
import { answerJob, buffersOf, type ParseJob } from "./packed-text.ts";
import { RecentPieces } from "./recent-pieces.ts";

const recent = new RecentPieces();

parentPort?.on("message", (job: ParseJob) => {
  const answer = answerJob(job, recent);
  parentPort?.postMessage(answer, buffersOf(answer)); // handed over, not copied
});
