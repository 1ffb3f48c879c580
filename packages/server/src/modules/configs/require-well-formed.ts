import {
  checkJson,
  checkKeyRef,
  type Finding,
  formatPath,
  LlmcfgError,
  utf8Length,
} from "@llmcfg/core";
import { type ChangeSet, pointerOf } from "./change-set.ts";

const MAX_OPERATIONS = 1_000;
const MAX_VALUE_BYTES = 1_048_576;
const MAX_MESSAGE_BYTES = 4_096;

/**
 * Lets a change set pass that can be understood, whatever there is to change.
 *
 * @throws {LlmcfgError} `INVALID_ARGUMENT`, `INVALID_KEY`, `VALUE_TOO_LARGE`
 */
export function requireWellFormed(changeSet: ChangeSet): void {
  const { operations, message } = changeSet;
  if (operations.length > MAX_OPERATIONS) {
    const text = `a change set has at most ${MAX_OPERATIONS} operations, not ${operations.length}`;
    throw new LlmcfgError("VALUE_TOO_LARGE", text, { limit: MAX_OPERATIONS });
  }
  if (message !== undefined && utf8Length(message) > MAX_MESSAGE_BYTES) {
    throw malformed("the message is longer than 4 KiB", []);
  }
  requireNames(changeSet);
  requireNoRepetition(changeSet);
  requireValues(changeSet);
}

function requireNames(changeSet: ChangeSet): void {
  const errors: Finding[] = [];
  for (const [i, { ref }] of changeSet.operations.entries()) {
    for (const detail of checkKeyRef(ref)) {
      errors.push({ pointer: pointerOf(changeSet, i), code: "INVALID_KEY", detail });
    }
  }
  const [first] = errors;
  if (first !== undefined) throw new LlmcfgError("INVALID_KEY", first.detail, { errors });
}

function requireNoRepetition(changeSet: ChangeSet): void {
  const errors: Finding[] = [];
  const seen = new Set<string>();
  for (const [i, { ref }] of changeSet.operations.entries()) {
    const path = formatPath(ref);
    const detail = `${path} is written twice`;
    if (seen.has(path)) errors.push({ pointer: pointerOf(changeSet, i), code: "REPEATED", detail });
    seen.add(path);
  }
  const [first] = errors;
  if (first !== undefined) throw malformed(first.detail, errors);
}

function requireValues(changeSet: ChangeSet): void {
  for (const [i, operation] of changeSet.operations.entries()) {
    if (operation.op !== "put") continue;
    const errors = checkJson(operation.value).map((finding) => ({
      ...finding,
      pointer: pointerOf(changeSet, i, finding.pointer),
    }));
    const [first] = errors;
    if (first !== undefined) throw malformed(`the value ${first.detail}`, errors);
    if (utf8Length(JSON.stringify(operation.value)) > MAX_VALUE_BYTES) {
      const message = `the value of ${formatPath(operation.ref)} is larger than 1 MiB`;
      throw new LlmcfgError("VALUE_TOO_LARGE", message, { limit: MAX_VALUE_BYTES });
    }
  }
}

function malformed(message: string, errors: readonly Finding[]): LlmcfgError {
  return new LlmcfgError("INVALID_ARGUMENT", message, { errors });
}
