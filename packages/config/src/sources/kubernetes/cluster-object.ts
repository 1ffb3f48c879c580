/**
 * ConfigMaps and Secrets as an API server writes them.
 *
 * @module
 */

import * as z from "zod";

/** The two resources that hold text, and what is different about them. */
export type ObjectKind = "ConfigMap" | "Secret";

/** As the path of the API and RBAC name them. */
export const RESOURCES: Readonly<Record<ObjectKind, "configmaps" | "secrets">> = {
  ConfigMap: "configmaps",
  Secret: "secrets",
};

export interface ClusterObject {
  readonly name: string;
  /** Another one if the object was deleted and made again. */
  readonly uid: string;
  /** Opaque: equal, or not. */
  readonly resourceVersion: string;
  /** By key, decoded. */
  readonly entries: ReadonlyMap<string, Uint8Array>;
}

/** What a list of one name holds, and where a watch goes on from. */
export interface ListedObject {
  /** Nothing where there is none of that name. */
  readonly object: ClusterObject | undefined;
  readonly resourceVersion: string;
}

const TEXTS = z.record(z.string(), z.string()).nullish();

const OBJECT = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string().default(""),
    resourceVersion: z.string(),
  }),
  data: TEXTS,
  binaryData: TEXTS,
});

const LIST = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(z.unknown()).nullish(),
});

/** @throws {TypeError} where it is no such object; the message quotes nothing of it */
export function toClusterObject(json: unknown, kind: ObjectKind): ClusterObject {
  const { success, data } = OBJECT.safeParse(json);
  if (!success) throw new TypeError(`the API server sent something else than a ${kind}`);
  const { metadata, data: texts, binaryData } = data;
  const decodeText = kind === "Secret" ? fromBase64 : toUtf8;
  const entries = [
    ...Object.entries(texts ?? {}).map(([key, text]) => [key, decodeText(text)] as const),
    ...Object.entries(binaryData ?? {}).map(([key, text]) => [key, fromBase64(text)] as const),
  ];
  return { ...metadata, entries: new Map(entries) };
}

/** @throws {TypeError} as {@link toClusterObject} */
export function toListedObject(json: unknown, kind: ObjectKind, name: string): ListedObject {
  const { success, data } = LIST.safeParse(json);
  if (!success) throw new TypeError(`the API server sent something else than a list of ${kind}s`);
  const objects = (data.items ?? []).map((item) => toClusterObject(item, kind));
  const object = objects.find((one) => one.name === name);
  return { object, resourceVersion: data.metadata.resourceVersion };
}

function toUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function fromBase64(text: string): Uint8Array {
  return Buffer.from(text, "base64");
}
