import { type Step, storageFull, storeDamaged, storeUnavailable } from "../sql/outages.ts";

/**
 * An error of the driver as one that a caller can act on, where it is one; else as it is.
 *
 * The one place that knows SQLite's result codes.
 *
 * @see https://www.sqlite.org/rescode.html
 */
export function toStoreError(cause: unknown, step: Step): unknown {
  switch (resultCodeOf(cause)) {
    case FULL:
      return storageFull(cause);
    case BUSY:
    case LOCKED:
    case PROTOCOL:
      return storeUnavailable("another process holds the store", { step, retryAfter: 1, cause });
    case READONLY:
    case IOERR:
    case CANTOPEN:
      return storeUnavailable("the store cannot be read or written", {
        step,
        retryAfter: 5,
        cause,
      });
    case CORRUPT:
    case NOTADB:
      return storeDamaged(cause);
    default:
      return isOfSystem(cause) ? toOpenError(cause) : cause;
  }
}

const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const PROTOCOL = 15;
const NOTADB = 26;

/** What the file system says where the file is made. */
function toOpenError(cause: SystemError): unknown {
  if (cause.code === "ENOSPC" || cause.code === "EDQUOT") return storageFull(cause);
  const file = cause.path ?? "the file of the store";
  const why = `${file} cannot be opened (${cause.code})`;
  return storeUnavailable(why, { step: "statement", retryAfter: 5, cause });
}

type SystemError = Error & { readonly code: string; readonly path?: string };

function isOfSystem(error: unknown): error is SystemError {
  return error instanceof Error && "syscall" in error && "code" in error;
}

/** The primary result code, the low byte of the extended one; 0 where SQLite did not fail. */
function resultCodeOf(error: unknown): number {
  const isOfSqlite = error instanceof Error && "errcode" in error;
  return isOfSqlite && typeof error.errcode === "number" ? error.errcode & 0xff : 0;
}
