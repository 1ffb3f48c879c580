import type { Cause } from "@llmcfg/gateway";
import { ApiError } from "../api-error.ts";

export interface FailureParts {
  /** `undefined` where no other deployment would do better: the request is at fault. */
  readonly cause: Cause | undefined;
  /** Of the provider's answer, if there was one. */
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly error?: unknown;
}

/** One deployment did not serve the request. Raised before the first byte of an answer alone. */
export class AttemptFailure extends Error {
  override readonly name = "AttemptFailure";
  override readonly cause: Cause | undefined;
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, parts: FailureParts) {
    super(message);
    this.cause = parts.cause;
    this.status = parts.status;
    this.code = parts.code;
    this.retryAfterMs = parts.retryAfterMs;
  }

  /** What the caller is told once nothing is left to try. */
  toApiError(): ApiError {
    const { message, code, cause } = this;
    switch (cause) {
      case undefined:
        return new ApiError(message, {
          status: this.status ?? 400,
          type: "invalid_request_error",
          code,
        });
      case "context_window":
      case "content_policy":
        return new ApiError(message, { status: 400, type: "invalid_request_error", code });
      case "timeout":
        return new ApiError(message, { status: 504, type: "api_error", code: "timeout" });
      case "rate_limited":
        return new ApiError(message, { status: 429, type: "rate_limit_error", code });
      case "unavailable":
        return new ApiError(message, { status: 503, type: "api_error", code });
      case "error":
      case "server_error":
        return new ApiError(message, { status: 502, type: "api_error", code });
    }
  }
}
