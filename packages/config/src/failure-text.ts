import { resolve } from "node:path";
import { systemCode } from "./file-system.ts";

const PREDICATES: ReadonlyMap<string | undefined, string> = new Map([
  ["ENOENT", "does not exist"],
  ["ENOTDIR", "has something on its way that should be a directory"],
  ["EACCES", "may not be read by this process"],
  ["EPERM", "may not be read by this process"],
  ["EISDIR", "is a directory"],
  ["ELOOP", "has symbolic links that lead in a circle"],
]);

/**
 * Why reading failed, as half a sentence. What the file system said is told in words, with the whole
 * path: `/etc/gateway/gateway.yaml does not exist`. Of anything else it is the message.
 *
 * @param source id of a source; of its own file the text says "it"
 */
export function failureText(error: Error, source?: string): string {
  const predicate = PREDICATES.get(systemCode(error));
  if (predicate === undefined || !("path" in error) || typeof error.path !== "string")
    return error.message;
  const path = resolve(error.path);
  return `${source?.endsWith(`:${path}`) === true ? "it" : path} ${predicate}`;
}
