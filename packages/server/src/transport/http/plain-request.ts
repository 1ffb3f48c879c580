import type { IncomingMessage } from "node:http";

/** What a client may send along without changing the answer, as clients spell it and in lower case. */
const PLAIN_HEADERS: ReadonlySet<string> = new Set(
  [
    "Accept-Encoding",
    "Accept-Language",
    "Cache-Control",
    "Host",
    "Pragma",
    "Sec-Fetch-Mode",
    "User-Agent",
  ].flatMap((name) => [name, name.toLowerCase()]),
);

/**
 * The credential of a GET that asks for nothing special; `undefined` for any other request.
 *
 * Runs for every request: it looks at what `node:http` has parsed and makes nothing.
 */
export function credentialOfPlain(request: IncomingMessage): string | undefined {
  if (request.method !== "GET" || request.httpVersionMinor !== 1) return undefined;
  const { rawHeaders } = request;
  let authorization: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? "";
    if (PLAIN_HEADERS.has(name)) continue;
    const value = rawHeaders[i + 1] ?? "";
    if (isAuthorization(name) && authorization === undefined) authorization = value;
    else if (!isPlain(name.toLowerCase(), value)) return undefined;
  }
  return authorization;
}

function isAuthorization(name: string): boolean {
  return (
    name === "Authorization" || name === "authorization" || name.toLowerCase() === "authorization"
  );
}

/** @param name in lower case */
function isPlain(name: string, value: string): boolean {
  if (name === "accept") return value === "*/*" || value === "application/json";
  if (name === "connection") return value.toLowerCase() === "keep-alive";
  return PLAIN_HEADERS.has(name);
}
