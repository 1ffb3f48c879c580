import { ConfigError } from "../errors.ts";

export interface DriverFailure {
  readonly backend: string;
  readonly path: string;
  /** The driver's name for it: `AccessDeniedException`. */
  readonly what: string;
  /** As HTTP has it; nothing where nobody answered. */
  readonly status: number | undefined;
}

/**
 * `secret_denied` where the backend said no, else `backend_unreachable`. What the driver says
 * itself may quote what it was given: it is the cause alone.
 */
export function failureOf(
  cause: unknown,
  { backend, path, what, status = 0 }: DriverFailure,
): ConfigError {
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return isRefusal
    ? new ConfigError("secret_denied", `${backend} refuses ${path}: ${what}`, { cause })
    : new ConfigError("backend_unreachable", `${backend} cannot be asked for ${path}: ${what}`, {
        cause,
      });
}
