import { createDecipheriv, hkdfSync } from "node:crypto";

/** What a sealed value is bound to, in the words of the text. */
interface Address {
  readonly tenant: string;
  readonly env: string;
  readonly service: string;
  readonly key: string;
  readonly itemId: string;
  readonly version: number;
  readonly class: string;
}

/**
 * Opens a sealed value as sections 4.2 and 4.4 of the security design say, sharing no code with the
 * product: the oracle of its tests.
 */
export function openByTheBook(namespaceKey: Uint8Array, address: Address, sealed: string): Buffer {
  const b = Buffer.from(sealed.slice("llmcfg1.".length), "base64url");
  const suite = b.subarray(1, 3);
  const messageId = b.subarray(64, 96);

  const kwp = createDecipheriv("id-aes256-wrap-pad", namespaceKey, Buffer.from("a65959a6", "hex"));
  const dek = Buffer.concat([kwp.update(b.subarray(24, 64)), kwp.final()]);
  const info = Buffer.concat([Buffer.from("LLC1"), suite, Buffer.from("seal")]);
  const okm = Buffer.from(hkdfSync("sha512", dek, messageId, info, 76));
  if (!okm.subarray(32, 64).equals(b.subarray(96, 128))) throw new Error("commitment");

  const version = Buffer.alloc(8);
  version.writeUInt32BE(Math.floor(address.version / 2 ** 32), 0);
  version.writeUInt32BE(address.version % 2 ** 32, 4);
  const aad = Buffer.concat([
    Buffer.from("LLC1"),
    suite,
    b.subarray(4, 20),
    messageId,
    b.subarray(96, 128),
    lp(Buffer.from(address.tenant)),
    lp(Buffer.from(`${address.env}/${address.service}`)),
    lp(Buffer.from(address.key)),
    lp(Buffer.from(address.itemId, "hex")),
    lp(version),
    lp(Buffer.from(address.class)),
  ]);

  const algorithm = suite.readUInt16BE() === 1 ? "aes-256-gcm" : "chacha20-poly1305";
  const cipher = createDecipheriv(
    algorithm as "aes-256-gcm", // both take the same arguments
    okm.subarray(0, 32),
    okm.subarray(64, 76),
    { authTagLength: 16 },
  );
  cipher.setAAD(aad, { plaintextLength: b.length - 144 });
  cipher.setAuthTag(b.subarray(b.length - 16));
  return Buffer.concat([cipher.update(b.subarray(128, b.length - 16)), cipher.final()]);
}

function lp(bytes: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.of(
      bytes.length >>> 24,
      (bytes.length >>> 16) & 255,
      (bytes.length >>> 8) & 255,
      bytes.length & 255,
    ),
    bytes,
  ]);
}
