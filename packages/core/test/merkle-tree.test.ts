import { createHash } from "node:crypto";
import {
  type InclusionClaim,
  leafHash,
  MerkleTree,
  type Sha256,
  verifyInclusion,
} from "@llmcfg/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const sha256: Sha256 = (bytes) => createHash("sha256").update(bytes).digest();

/** The entries of the published test tree of Certificate Transparency. */
const CT_ENTRIES = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
].map((bytes) => Buffer.from(bytes, "hex"));

describe("the published vectors of Certificate Transparency", () => {
  test.each([
    [0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    [1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
    [2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    [3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"],
    [4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
    [5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"],
    [6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"],
    [7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"],
    [8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"],
  ])("the root of the first %i entries", (size, root) => {
    expect(hex(treeOf(CT_ENTRIES).rootAt(size))).toBe(root);
  });

  test.each([
    [0, 1, []],
    [
      0,
      8,
      [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ],
    ],
    [
      5,
      8,
      [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ],
    ],
    [2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]],
    [
      1,
      5,
      [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      ],
    ],
  ])("the proof of entry %i among %i", (index, size, proof) => {
    expect(treeOf(CT_ENTRIES).inclusionProof(index, size).map(hex)).toEqual(proof);
  });
});

describe("against the recursive definitions of RFC 6962, section 2.1", () => {
  const entries = Array.from({ length: 70 }, (_, i) => Buffer.from(`entry ${i}`));
  const tree = treeOf(entries);
  const known: Known = new Map();

  test("the root of every size up to 70 is the Merkle Tree Hash", () => {
    for (let size = 0; size <= 70; size++) {
      expect(hex(tree.rootAt(size))).toBe(hex(mth(entries, 0, size, known)));
    }
  });

  test("the proof of every leaf in every size up to 70 is its audit path, and verifies", () => {
    for (let size = 1; size <= 70; size++) {
      const root = tree.rootAt(size);
      for (let index = 0; index < size; index++) {
        const proof = tree.inclusionProof(index, size);
        const claim = {
          leafHash: leafHash(entryAt(entries, index), sha256),
          index,
          size,
          proof,
          root,
        };

        expect(proof.map(hex)).toEqual(path(index, entries, 0, size, known).map(hex));
        expect(verifyInclusion(claim, sha256)).toBe(true);
      }
    }
  });

  test("a proof shows nothing but its own leaf, at its own place, under its own root", () => {
    const place = fc
      .integer({ min: 1, max: 70 })
      .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) }));
    const elsewhere = fc.oneof(fc.integer({ min: -1, max: 80 }), fc.constant(0.5));

    fc.assert(
      fc.property(place, elsewhere, fc.nat(31), ({ index, size }, wrong, byte) => {
        fc.pre(wrong !== index);
        const proof = tree.inclusionProof(index, size);
        const hash = leafHash(entryAt(entries, index), sha256);
        const claim = { leafHash: hash, index, size, proof, root: tree.rootAt(size) };
        const verify = (change: Partial<InclusionClaim>) =>
          verifyInclusion({ ...claim, ...change }, sha256);

        expect(verify({})).toBe(true);
        expect(verify({ index: wrong })).toBe(false);
        expect(verify({ leafHash: flip(hash, byte) })).toBe(false);
        expect(verify({ root: flip(claim.root, byte) })).toBe(false);
        expect(verify({ root: claim.root.subarray(1) })).toBe(false);
        expect(verify({ proof: [...proof, claim.root] })).toBe(false);
        expect(verify({ proof: proof.slice(1) })).toBe(proof.length === 0);
      }),
    );
  });
});

test("appending changes no root and no proof of an earlier size", () => {
  const tree = treeOf(CT_ENTRIES.slice(0, 5));
  const before = { root: hex(tree.rootAt(5)), proof: tree.inclusionProof(4, 5).map(hex) };

  for (const entry of CT_ENTRIES.slice(5)) tree.append(leafHash(entry, sha256));

  expect(tree.size).toBe(8);
  expect({ root: hex(tree.rootAt(5)), proof: tree.inclusionProof(4, 5).map(hex) }).toEqual(before);
});

test("a tree keeps copies: neither what was appended nor what was given can change it", () => {
  const tree = new MerkleTree(sha256);
  const hash = leafHash(entryAt(CT_ENTRIES, 0), sha256);
  const root = hex(hash);

  tree.append(hash);
  hash.fill(0);
  tree.rootAt(1).fill(0);

  expect(hex(tree.rootAt(1))).toBe(root);
});

test("a root or proof takes logarithmically many hashes", () => {
  let hashes = 0;
  const tree = new MerkleTree((bytes) => {
    hashes += 1;
    return sha256(bytes);
  });
  for (let i = 0; i < 5_000; i++) tree.append(leafHash(Buffer.from(String(i)), sha256));
  expect(hashes).toBeLessThan(5_000);

  hashes = 0;
  tree.rootAt(4_095);
  tree.inclusionProof(17, 4_095);

  expect(hashes).toBeLessThanOrEqual(2 * 12);
});

test.each([
  ["a tree larger than this one", (tree: MerkleTree) => tree.rootAt(4)],
  ["a size that is no number of leaves", (tree: MerkleTree) => tree.rootAt(1.5)],
  ["a leaf beyond the size", (tree: MerkleTree) => tree.inclusionProof(2, 2)],
  ["a leaf before the first", (tree: MerkleTree) => tree.inclusionProof(-1, 2)],
  ["a hash of another length", (tree: MerkleTree) => tree.append(new Uint8Array(31))],
])("%s is a mistake of the caller", (_name, use) => {
  expect(() => use(treeOf(CT_ENTRIES.slice(0, 3)))).toThrow(TypeError);
});

function treeOf(entries: readonly Uint8Array[]): MerkleTree {
  const tree = new MerkleTree(sha256);
  for (const entry of entries) tree.append(leafHash(entry, sha256));
  return tree;
}

/** MTH(D[n]) of the section, for the entries from `from` up to `to`; each range once. */
function mth(d: readonly Uint8Array[], from: number, to: number, known: Known): Uint8Array {
  const name = `${from}:${to}`;
  const hash = known.get(name) ?? sha256(mthInput(d, from, to, known));
  known.set(name, hash);
  return hash;
}

type Known = Map<string, Uint8Array>;

function mthInput(d: readonly Uint8Array[], from: number, to: number, known: Known): Uint8Array {
  if (from === to) return new Uint8Array();
  if (to - from === 1) return Buffer.concat([Buffer.of(0), entryAt(d, from)]);
  const k = from + splitOf(to - from);
  return Buffer.concat([Buffer.of(1), mth(d, from, k, known), mth(d, k, to, known)]);
}

/** PATH(m, D[n]) of the section, for the entries from `from` up to `to`. */
function path(
  m: number,
  d: readonly Uint8Array[],
  from: number,
  to: number,
  known: Known,
): readonly Uint8Array[] {
  if (to - from <= 1) return [];
  const k = from + splitOf(to - from);
  return m < k
    ? [...path(m, d, from, k, known), mth(d, k, to, known)]
    : [...path(m, d, k, to, known), mth(d, from, k, known)];
}

/** The largest power of two smaller than `n`. */
function splitOf(n: number): number {
  let k = 1;
  while (k < n / 2) k *= 2;
  return k;
}

function entryAt(entries: readonly Uint8Array[], index: number): Uint8Array {
  const entry = entries[index];
  if (entry === undefined) throw new Error(`there is no entry ${index}`);
  return entry;
}

function flip(hash: Uint8Array, index: number): Uint8Array {
  return hash.map((byte, i) => (i === index ? byte ^ 1 : byte));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
