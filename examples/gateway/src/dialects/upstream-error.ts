import { ApiError } from "../api-error.ts";

/** The provider did not do its part. */
export function upstreamError(message: string): ApiError {
  return new ApiError(message, { status: 502, type: "api_error", code: "upstream_error" });
}
