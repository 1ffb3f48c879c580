import { type Finding, type ItemAbout, isSensitiveKey, utf8Length } from "@llmcfg/core";
import type { PutOperation } from "./change-set.ts";
import { fits } from "./item-about.ts";

const MAX_TEXT_BYTES = 4_096;
const MAX_TAGS = 32;
const MAX_TAG_BYTES = 256;
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:; ?[\w-]+=[\w"./+:-]+)*$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What speaks against a value and the description it would have; pointers start at the value. */
export function checkPut(put: PutOperation, about: ItemAbout): readonly Finding[] {
  return [...typeFaults(put, about), ...contradictions(put, about), ...lengthFaults(about)];
}

function typeFaults({ value }: PutOperation, { type }: ItemAbout): readonly Finding[] {
  if (!fits(type, value)) {
    const detail = `the value does not have the type ${type}`;
    return [{ pointer: "", code: "TYPE_MISMATCH", detail, expected: expectedOf(type) }];
  }
  if (type === "binary" && typeof value === "string" && !BASE64.test(value)) {
    const detail = "the value of a binary item must be base64";
    return [{ pointer: "", code: "TYPE_MISMATCH", detail, expected: "base64 (RFC 4648)" }];
  }
  return [];
}

function expectedOf(type: ItemAbout["type"]): string {
  return type === "document" || type === "binary" ? "a string" : `a JSON ${type}`;
}

function contradictions({ ref, about: given }: PutOperation, about: ItemAbout): readonly Finding[] {
  const findings: Finding[] = [];
  const find = (detail: string) => findings.push({ pointer: "", code: "CONTRADICTION", detail });
  const { type, contentType, mergeMode } = about;
  const isText = type === "document" || type === "binary";
  if (contentType !== undefined && !isText) {
    find(`an item of type ${type} has no content type`);
  }
  if (contentType !== undefined && isText && !MEDIA_TYPE.test(contentType)) {
    find("the content type must be a media type such as application/yaml");
  }
  if (mergeMode === "merge" && type !== "object") find("only objects can be merged");
  if (given.sensitive === false && isSensitiveKey(ref.key)) {
    find("a key below a segment named secrets is always sensitive");
  }
  return findings;
}

function lengthFaults({ description, owner, tags }: ItemAbout): readonly Finding[] {
  const findings: Finding[] = [];
  const find = (detail: string) => findings.push({ pointer: "", code: "TOO_LONG", detail });
  if (isLong(description, MAX_TEXT_BYTES)) find("the description is longer than 4 KiB");
  if (isLong(owner, MAX_TAG_BYTES)) find("the owner is longer than 256 bytes");
  if (tags.length > MAX_TAGS) find("there are more than 32 tags");
  if (tags.some((tag) => isLong(tag, MAX_TAG_BYTES))) find("a tag is longer than 256 bytes");
  return findings;
}

function isLong(text: string | undefined, maxBytes: number): boolean {
  return text !== undefined && utf8Length(text) > maxBytes;
}
