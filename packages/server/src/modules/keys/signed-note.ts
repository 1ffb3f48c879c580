/**
 * Notes as C2SP signed-note has them, with one Ed25519 signature, and the names of their keys.
 *
 * @see https://c2sp.org/signed-note
 * @module
 */

import { createHash } from "node:crypto";

/** Marks Ed25519, in key ids and verifier keys. */
const ED25519 = 0x01;

/** The text, a blank line, the signature line. */
export function formatNote(
  text: string,
  signer: { readonly name: string; readonly publicKey: Uint8Array },
  signature: Uint8Array,
): string {
  const signed = Buffer.concat([keyIdOf(signer), signature]);
  return `${text}\n— ${signer.name} ${signed.toString("base64")}\n`;
}

/** `llmcfg/default+7ea7c477+AQOh…`: what a verifier needs to know. */
export function formatVerifierKey(signer: {
  readonly name: string;
  readonly publicKey: Uint8Array;
}): string {
  const key = Buffer.concat([Buffer.of(ED25519), signer.publicKey]);
  return `${signer.name}+${keyIdOf(signer).toString("hex")}+${key.toString("base64")}`;
}

/** The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key). */
function keyIdOf(signer: { readonly name: string; readonly publicKey: Uint8Array }): Buffer {
  const hash = createHash("sha256")
    .update(signer.name)
    .update(Buffer.of(0x0a, ED25519))
    .update(signer.publicKey);
  return hash.digest().subarray(0, 4);
}
