import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { describe, expect, test } from "vitest";
import { type HttpFailure } from "../src/http/http-client.ts";
import { createHttpClient } from "../src/http/node-http-client.ts";

const LIMITS = { signal: new AbortController().signal, timeoutMs: 2_000, maxBytes: 1_000 };

interface Peer extends AsyncDisposable {
  readonly url: URL;
  readonly server: Server;
}

async function serve(listener: RequestListener): Promise<Peer> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    server,
    url: new URL(`http://127.0.0.1:${port}/`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return (error as HttpFailure).reason;
}

describe("an HTTP client", () => {
  test("gives the body, the status and the headers of any answer", async () => {
    await using peer = await serve((_request, response) => {
      response.writeHead(404, { etag: '"1"' }).end("nothing");
    });
    await using client = createHttpClient({ allowInsecure: true });

    const answer = await client.send({ url: peer.url }, LIMITS);

    expect(answer.status).toBe(404);
    expect(answer.headers["etag"]).toBe('"1"');
    expect(Buffer.from(answer.bytes).toString()).toBe("nothing");
  });

  test("uses a connection again", async () => {
    let connections = 0;
    await using peer = await serve((_request, response) => response.end("ok"));
    peer.server.on("connection", () => connections++);
    await using client = createHttpClient({ allowInsecure: true });

    await client.send({ url: peer.url }, LIMITS);
    await client.send({ url: peer.url }, LIMITS);

    expect(connections).toBe(1);
  });

  test("refuses plain http unless it is allowed, before it connects", async () => {
    await using client = createHttpClient();

    const reason = await failureOf(client.send({ url: new URL("http://127.0.0.1:1/") }, LIMITS));

    expect(reason).toBe("insecure");
  });

  test("refuses a body above the limit, announced or not", async () => {
    await using peer = await serve((request, response) => {
      if (request.url === "/announced") response.setHeader("content-length", 1_001);
      response.end("x".repeat(1_001));
    });
    await using client = createHttpClient({ allowInsecure: true });

    const announced = failureOf(client.send({ url: new URL("announced", peer.url) }, LIMITS));
    const sent = failureOf(client.send({ url: peer.url }, LIMITS));

    expect(await announced).toBe("too_large");
    expect(await sent).toBe("too_large");
  });

  test("says that time is up, before the headers and in the middle of a body", async () => {
    await using peer = await serve((request, response) => {
      if (request.url === "/half") response.write("half");
    });
    await using client = createHttpClient({ allowInsecure: true });
    const limits = { ...LIMITS, timeoutMs: 50 };

    const before = failureOf(client.send({ url: peer.url }, limits));
    const middle = failureOf(client.send({ url: new URL("half", peer.url) }, limits));

    expect(await before).toBe("timeout");
    expect(await middle).toBe("timeout");
  });

  test("follows redirects on the same origin alone, and not for ever", async () => {
    await using elsewhere = await serve((_request, response) => response.end("stolen"));
    await using peer = await serve((request, response) => {
      const location =
        request.url === "/away" ? elsewhere.url.href : request.url === "/" ? "/there" : "/loop";
      if (request.url === "/there") response.end("here");
      else response.writeHead(302, { location }).end();
    });
    await using client = createHttpClient({ allowInsecure: true });

    const here = await client.send({ url: peer.url }, LIMITS);
    const away = failureOf(client.send({ url: new URL("away", peer.url) }, LIMITS));
    const loop = failureOf(client.send({ url: new URL("loop", peer.url) }, LIMITS));

    expect(Buffer.from(here.bytes).toString()).toBe("here");
    expect(await away).toBe("redirect_refused");
    expect(await loop).toBe("redirect_refused");
  });

  test("gives chunks as they come, and says when the connection breaks", async () => {
    await using peer = await serve((_request, response) => {
      response.write("one");
      setTimeout(() => response.destroy(), 20);
    });
    await using client = createHttpClient({ allowInsecure: true });

    await using stream = await client.stream({ url: peer.url }, { ...LIMITS, idleMs: 0 });
    const got: string[] = [];
    const reading = (async () => {
      for await (const chunk of stream.chunks) got.push(Buffer.from(chunk).toString());
    })();

    expect(await failureOf(reading)).toBe("unreachable");
    expect(got).toEqual(["one"]);
  });

  test("ends a stream that says nothing for too long", async () => {
    await using peer = await serve((_request, response) => response.write("one"));
    await using client = createHttpClient({ allowInsecure: true });

    await using stream = await client.stream({ url: peer.url }, { ...LIMITS, idleMs: 50 });
    const reading = (async () => {
      for await (const _chunk of stream.chunks);
    })();

    expect(await failureOf(reading)).toBe("timeout");
  });

  test("rejects with the caller's reason when the caller gives up", async () => {
    await using peer = await serve(() => {});
    await using client = createHttpClient({ allowInsecure: true });
    const giveUp = new AbortController();

    const sent = client.send({ url: peer.url }, { ...LIMITS, signal: giveUp.signal });
    giveUp.abort(new Error("enough"));

    await expect(sent).rejects.toThrow("enough");
  });
});
