/**
 * Reads C2SP signed notes that this log signed, with its public key alone.
 *
 * @see https://c2sp.org/signed-note
 * @module
 */

import { createPublicKey, type KeyObject, verify } from "node:crypto";

/** What stands before an Ed25519 public key in SPKI, RFC 8410 section 4. */
const SPKI_ED25519: Uint8Array = Buffer.from("302a300506032b6570032100", "hex");

/** Name, key id and Ed25519 key of `llmcfg/default+7ea7c477+AQOh…`. */
const VERIFIER_KEY = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/;

export interface Verifier {
  readonly name: string;
  /** 4 bytes. */
  readonly keyId: Uint8Array;
  readonly key: KeyObject;
}

/** @throws {TypeError} for what is no verifier key of an Ed25519 key */
export function parseVerifierKey(text: string): Verifier {
  const [, name = "", keyId = "", encoded = ""] = VERIFIER_KEY.exec(text) ?? [];
  const typed = Buffer.from(encoded, "base64");
  if (typed.length !== 33 || typed[0] !== 0x01) throw new TypeError("not an Ed25519 verifier key");
  const der = Buffer.concat([SPKI_ED25519, typed.subarray(1)]);
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  return { name, keyId: Buffer.from(keyId, "hex"), key };
}

/** The text of the note, with its last line feed; `undefined` unless the verifier's key signed it. */
export function openNote(note: string, { name, keyId, key }: Verifier): string | undefined {
  const end = note.lastIndexOf("\n\n");
  if (end < 0) return undefined;
  const text = note.slice(0, end + 1);
  const isSigned = note
    .slice(end + 2)
    .split("\n")
    .some((line) => {
      if (!line.startsWith(`— ${name} `)) return false;
      const signed = Buffer.from(line.slice(`— ${name} `.length), "base64");
      const isOurs = signed.length === 68 && signed.subarray(0, 4).equals(keyId);
      return isOurs && verify(undefined, Buffer.from(text, "utf8"), key, signed.subarray(4));
    });
  return isSigned ? text : undefined;
}
