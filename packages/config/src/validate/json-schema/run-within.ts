import { runInNewContext } from "node:vm";

/** Work that was stopped because its time was over. */
export class OutOfTime extends Error {
  override readonly name = "OutOfTime";

  constructor(ms: number) {
    super(`it timed out after ${ms} ms`);
  }
}

/**
 * What `work` returns, if it does so in time: it is stopped wherever it stands otherwise, in a loop
 * of its own too. It blocks the thread as long as it runs, and MUST leave nothing half done behind.
 *
 * @throws {OutOfTime}
 */
export function runWithin<R>(ms: number, work: () => R): R {
  let result: { readonly value: R } | undefined;
  const run = () => {
    result = { value: work() };
  };
  try {
    // The time limit of a script holds for all that it calls, outside of its context too.
    runInNewContext("run()", { run }, { timeout: ms });
  } catch (error) {
    throw isTimeout(error) ? new OutOfTime(ms) : error;
  }
  if (result === undefined) throw new TypeError("the script has not called its function");
  return result.value;
}

/** It is an error of the other context, and no instance of this one's `Error`. */
function isTimeout(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("code" in error)) return false;
  return error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}
