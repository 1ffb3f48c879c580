/**
 * One answer that is kept ready: what lasts of it, and what changes with time.
 *
 * @module
 */

import type { ServiceKey } from "@llmcfg/core";
import { type ReadyBody, toReadyBody } from "./write-ready.ts";

/** A plain read's answer, as the handler gave it. */
export interface ReadyAnswer {
  readonly url: string;
  readonly tenant: string;
  readonly accessKey: string;
  /** The tenant's revision when the read began. */
  readonly readAt: number;
  readonly dependencies: readonly ServiceKey[];
  /** Those headers that are the same each time. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** Where a tenant is. One object for each tenant, so that its answers need not look it up. */
export interface Head {
  revision: number;
}

export interface Ready {
  readonly id: string;
  readonly head: Head;
  /** From the status line to before the headers that change. */
  readonly lasting: string;
  readonly storedAtMs: number;
  readonly dependencies: readonly string[];
  /** Empty once it is not kept any more: a connection may remember it for long. */
  body: ReadyBody;
  /** Whether it may be given still: what connections remember ends with this. */
  isKept: boolean;
  /** When the cache last heard that it is in use. */
  usedAtMs: number;
  /** As far as it is the same for some time; see {@link beginningAt}. */
  beginning: Beginning;
}

/** The part of the header block that changes with the second and with the tenant's revision. */
interface Beginning {
  readonly text: string;
  readonly revision: number;
  readonly sinceMs: number;
  readonly untilMs: number;
}

const SECOND_MS = 1_000;

const NO_BEGINNING: Beginning = { text: "", revision: -1, sinceMs: 0, untilMs: 0 };

/** Made ready, to be kept from now on. */
export function toReady(
  { headers, body }: ReadyAnswer,
  about: Pick<Ready, "id" | "head" | "dependencies"> & {
    readonly region: string;
    readonly nowMs: number;
  },
): Ready {
  const { id, head, dependencies, region, nowMs } = about;
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return {
    id,
    head,
    lasting:
      `HTTP/1.1 200 OK\r\n${lines}Content-Length: ${body.length}\r\n` +
      `Config-Region: ${region}\r\nConfig-State: FRESH\r\nConnection: keep-alive\r\n`,
    storedAtMs: nowMs,
    dependencies,
    body: toReadyBody(body),
    isKept: true,
    usedAtMs: nowMs,
    beginning: NO_BEGINNING,
  };
}

/** It is given to nobody from here on, and holds nothing. */
export function release(ready: Ready): void {
  ready.isKept = false;
  ready.body = "";
  ready.beginning = NO_BEGINNING;
}

/**
 * The header block from the status line to all that changes with the second or the revision.
 *
 * Made once for all requests until one of `Date`, `Age`, `ttl` and `Config-Revision` would be another.
 */
export function beginningAt(ready: Ready, nowMs: number, ttlMs: number): string {
  const { beginning, head } = ready;
  const isNow = nowMs < beginning.untilMs && nowMs >= beginning.sinceMs;
  if (!isNow || beginning.revision !== head.revision) {
    ready.beginning = makeBeginning(ready, nowMs, ttlMs);
  }
  return ready.beginning.text;
}

function makeBeginning(
  { lasting, head, storedAtMs }: Ready,
  nowMs: number,
  ttlMs: number,
): Beginning {
  const { revision } = head;
  const ageMs = Math.max(0, nowMs - storedAtMs);
  const ttl = Math.ceil((ttlMs - ageMs) / SECOND_MS);
  const text =
    `${lasting}Config-Revision: ${revision}\r\nCache-Status: l1; hit; ttl=${ttl}\r\n` +
    `Age: ${Math.floor(ageMs / SECOND_MS)}\r\nDate: ${new Date(nowMs).toUTCString()}\r\n`;
  const olderAtMs = nowMs + SECOND_MS - (ageMs % SECOND_MS);
  const untilMs = Math.min(olderAtMs, endOf(SECOND_MS, nowMs));
  return { text, revision, sinceMs: nowMs, untilMs };
}

/** When the period of a time, counted from the epoch, is over. */
export function endOf(periodMs: number, nowMs: number): number {
  return nowMs - (nowMs % periodMs) + periodMs;
}
