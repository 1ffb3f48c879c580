import { createHash, createPublicKey, verify } from "node:crypto";

/**
 * A verifier of the log written from RFC 6962 and the C2SP texts alone: the oracle of its tests. It
 * shares no code with the product.
 */

function sha256(...parts: readonly Uint8Array[]): Buffer {
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}

/** RFC 6962, section 2.1: MTH(D[n]), by its recursive definition. */
export function treeHash(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) return sha256();
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return sha256(Buffer.of(0), only);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Buffer.of(1), treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

/** RFC 6962, section 2.1.1: the root that a leaf and its audit path lead to. */
export function rootFromPath(
  leaf: Uint8Array,
  place: { readonly index: number; readonly size: number },
  path: readonly Uint8Array[],
): Buffer {
  const last = path.at(-1);
  if (place.size === 1) {
    if (path.length > 0) throw new Error("the path is too long");
    return sha256(Buffer.of(0), leaf);
  }
  if (last === undefined) throw new Error("the path is too short");
  let k = 1;
  while (k * 2 < place.size) k *= 2;
  const rest = path.slice(0, -1);
  if (place.index < k) {
    const left = rootFromPath(leaf, { index: place.index, size: k }, rest);
    return sha256(Buffer.of(1), left, last);
  }
  const right = { index: place.index - k, size: place.size - k };
  return sha256(Buffer.of(1), last, rootFromPath(leaf, right, rest));
}

/** A C2SP checkpoint whose signature holds under a C2SP verifier key. */
export function openCheckpoint(
  note: string,
  verifierKey: string,
): { readonly origin: string; readonly size: number; readonly root: Buffer } {
  const [name = "", hash = "", ...rest] = verifierKey.split("+");
  const typed = Buffer.from(rest.join("+"), "base64");
  const keyId = sha256(Buffer.from(`${name}\n`), typed).subarray(0, 4);
  if (keyId.toString("hex") !== hash || typed[0] !== 1)
    throw new Error("the verifier key is wrong");

  const [text = "", signatures = ""] = note.split("\n\n");
  const [, signer, encoded = ""] = /^— (\S+) (\S+)\n$/.exec(signatures) ?? [];
  const signed = Buffer.from(encoded, "base64");
  if (signer !== name || !signed.subarray(0, 4).equals(keyId)) throw new Error("another signer");
  const x = typed.subarray(1).toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  if (!verify(undefined, Buffer.from(`${text}\n`), key, signed.subarray(4))) {
    throw new Error("the signature is wrong");
  }

  const [origin = "", size = "", root = "", ...more] = text.split("\n");
  if (more.length > 0 || String(Number(size)) !== size) throw new Error("not a checkpoint");
  return { origin, size: Number(size), root: Buffer.from(root, "base64") };
}
