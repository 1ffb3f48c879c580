import type { JsonObject } from "@llmcfg/core";

export interface ApiErrorParts {
  readonly status: number;
  /** `invalid_request_error`, `authentication_error`, `rate_limit_error`, `api_error`… */
  readonly type: string;
  readonly code?: string | undefined;
  /** The member of the request that is at fault. */
  readonly param?: string | undefined;
}

/** An answer that is an error, in the format that OpenAI's clients understand. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;

  constructor(message: string, { status, type, code, param }: ApiErrorParts) {
    super(message);
    this.status = status;
    this.type = type;
    this.code = code ?? null;
    this.param = param ?? null;
  }

  toBody(): JsonObject {
    const { message, type, param, code } = this;
    return { error: { message, type, param, code } };
  }
}

/** The request cannot be understood, or asks for what cannot be done. */
export function badRequest(message: string, param?: string): ApiError {
  return new ApiError(message, { status: 400, type: "invalid_request_error", param });
}
