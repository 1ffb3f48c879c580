/**
 * A plain server of a test, over TLS.
 *
 * @module
 */

import { once } from "node:events";
import { request as openRequest } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";

export interface ServedOverTls extends AsyncDisposable {
  /** `https://127.0.0.1:41035` */
  readonly url: string;
}

/** Passes everything on to the server at `target`, under {@link CERTIFICATE}. */
export async function serveOverTls(target: string): Promise<ServedOverTls> {
  const server = createServer({ cert: CERTIFICATE, key: KEY }, (incoming, response) => {
    const { method, url = "/", headers } = incoming;
    const onward = openRequest(new URL(url, target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, response, () => onward.destroy());
    });
    onward.on("error", () => response.destroy());
    incoming.pipe(onward);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `https://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Of `localhost` and 127.0.0.1, signed by itself, until the year 2120. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBajCCARGgAwIBAgIBATAKBggqhkjOPQQDAjAWMRQwEgYDVQQDDAtsbG1jZmcg
dGVzdDAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFjEUMBIGA1UE
AwwLbGxtY2ZnIHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASRxUrAwh9x
dXE9QAZ+/X3d8VWPJcrPbhsN9Hb2sVD3M9JvOWPlhmP5AyL1WJOfgH+K9dS32Wg7
gQvxFAOUqQeno04wTDAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwDwYDVR0T
AQH/BAUwAwEB/zAdBgNVHQ4EFgQUdyTddb+B3gfaU3hC4zpM6YzIPQUwCgYIKoZI
zj0EAwIDRwAwRAIgclUjkv/qwF0ueIn62rrK3udBfYza5D2f0SMSov572U8CIB2w
33mmeX60RAGrOM9w/fj0X8ghCgBcEb60BhEJhTnW
-----END CERTIFICATE-----
`;

/** Nobody trusts its certificate but these tests. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpddQjdsn4P71W49N
vhL8Ur9DFBvvKYl0g3Lv8Cc+PO2hRANCAASRxUrAwh9xdXE9QAZ+/X3d8VWPJcrP
bhsN9Hb2sVD3M9JvOWPlhmP5AyL1WJOfgH+K9dS32Wg7gQvxFAOUqQen
-----END PRIVATE KEY-----
`;
