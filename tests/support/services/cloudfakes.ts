import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import {
  announce,
  type Endpoint,
  executable,
  freePort,
  startServer,
  workFolder,
} from "../endpoints.ts";

/** A contract fake: the vendor's own wire format, our behaviour behind it. */
export interface CloudFake extends Endpoint {
  readonly port: number;
  /** PEM of the certificate it serves with; empty without TLS. */
  readonly certificate: string;
}

/** Google Cloud: KMS and Secret Manager over gRPC. Nothing where it is not installed. */
export async function openGoogleFake(): Promise<CloudFake | undefined> {
  return await open("gcp", { name: "gcp", hasTls: false });
}

/** Azure Key Vault over HTTPS. Nothing where it is not installed. */
export async function openAzureFake(): Promise<CloudFake | undefined> {
  return await open("azure", { name: "azure", hasTls: true });
}

async function open(
  kind: "gcp" | "azure",
  { name, hasTls }: { readonly name: string; readonly hasTls: boolean },
): Promise<CloudFake | undefined> {
  const file = executable("cloudfakes");
  if (file === undefined) return undefined;
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(await workFolder(`cloudfakes-${kind}`));
  const port = await freePort();
  const pem = join(folder.path, "certificate.pem");
  const args = [kind, `127.0.0.1:${port}`, ...(hasTls ? [pem] : [])];
  owned.use(await startServer({ file, args, ready: () => requireOpen(port) }));
  const certificate = hasTls ? await readFile(pem, "utf8") : "";
  const stop = owned.move();
  const fake: CloudFake = {
    name,
    isReal: false,
    url: `${hasTls ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    certificate,
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
  announce(fake, "cloudfakes, a contract fake");
  return fake;
}

async function requireOpen(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
  } finally {
    socket.destroy();
  }
}
