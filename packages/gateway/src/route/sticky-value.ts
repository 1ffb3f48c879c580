import { RequestHeaders } from "./request-headers.ts";
import type { RouteRequest } from "./route-decision.ts";

/**
 * Reads the value that keeps a caller where it is.
 *
 * @param key `user`, `tenant`, `request_id`, or the name of a header
 */
export function stickyReader(key: string): (request: RouteRequest) => string | undefined {
  switch (key) {
    case "user":
      return ({ user }) => user;
    case "tenant":
      return ({ tenant }) => tenant;
    case "request_id":
      return ({ requestId }) => requestId;
    default: {
      const name = key.toLowerCase();
      return ({ headers }) => new RequestHeaders(headers).find(name);
    }
  }
}
