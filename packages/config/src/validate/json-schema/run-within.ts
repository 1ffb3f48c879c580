import { runInNewContext } from "node:vm";

/**
 * What `work` returns, if it does so in time: it is stopped wherever it stands otherwise, in a loop
 * of its own too. It blocks the thread as long as it runs, and MUST leave nothing half done behind.
 *
 * @throws {Error} with the code `ERR_SCRIPT_EXECUTION_TIMEOUT`
 */
export function runWithin<R>(ms: number, work: () => R): R {
  let result: { readonly value: R } | undefined;
  const run = () => {
    result = { value: work() };
  };
  // The time limit of a script holds for all that it calls, outside of its context too.
  runInNewContext("run()", { run }, { timeout: ms });
  if (result === undefined) throw new TypeError("the script has not called its function");
  return result.value;
}
