import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface MisbehavingUpstream extends AsyncDisposable {
  readonly url: string;
  /** Answers every request from now on. */
  answer: (response: ServerResponse) => void;
  /** Connections that were closed before their answer was whole. */
  readonly brokenOff: number;
}

/** A provider that answers whatever the test says. */
export async function startMisbehavingUpstream(): Promise<MisbehavingUpstream> {
  let brokenOff = 0;
  const server = createServer((request, response) => {
    request.resume();
    response.once("close", () => {
      if (!response.writableFinished) brokenOff++;
    });
    request.once("end", () => upstream.answer(response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP

  const upstream: MisbehavingUpstream = {
    url: `http://127.0.0.1:${port}/v1`,
    answer: (response) => response.end(),
    get brokenOff() {
      return brokenOff;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return upstream;
}
