import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { join } from "node:path";
import { promisify } from "node:util";
import { workFolder } from "./endpoints.ts";

/** Files of a private authority, of a server on loopback and of a client, both signed by it. */
export interface Certificates extends AsyncDisposable {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

const run = promisify(execFile);

/** Made by `openssl`, with keys of elliptic curves since those are quick to make. */
export async function createCertificates(): Promise<Certificates> {
  const folder = await workFolder("certificates");
  const at = (name: string) => join(folder.path, name);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const self = ["-x509", "-days", "2", "-subj", "/CN=test authority"];
  await run("openssl", ["req", ...self, ...newKey, "-keyout", at("ca.key"), "-out", at("ca.pem")]);
  for (const name of ["server", "client"]) {
    const files = ["-keyout", at(`${name}.key`), "-out", at(`${name}.pem`)];
    const signed = ["-x509", "-days", "2", "-CA", at("ca.pem"), "-CAkey", at("ca.key")];
    const about = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
    await run("openssl", ["req", ...signed, ...newKey, ...files, ...about]);
  }
  return {
    ca: at("ca.pem"),
    serverCert: at("server.pem"),
    serverKey: at("server.key"),
    clientCert: at("client.pem"),
    clientKey: at("client.key"),
    [Symbol.asyncDispose]: async () => await folder[Symbol.asyncDispose](),
  };
}

export type Site = (request: IncomingMessage, response: ServerResponse) => void;

/** A site on loopback that asks every client for a certificate of the authority. */
export class TlsSite implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new TypeError("it listens on TCP");
    this.#server = server;
    this.url = `https://127.0.0.1:${address.port}`;
  }

  static async start(certificates: Certificates, site: Site): Promise<TlsSite> {
    const [ca, cert, key] = await Promise.all(
      [certificates.ca, certificates.serverCert, certificates.serverKey].map((path) =>
        readFile(path),
      ),
    );
    const options = { ca, cert, key, requestCert: true, rejectUnauthorized: true } as const;
    const server = createServer(options as never, site).listen(0, "127.0.0.1"); // all are there
    await once(server, "listening");
    return new TlsSite(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
