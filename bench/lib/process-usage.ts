/**
 * What a process has used, read from `/proc`: proc_pid_stat(5), proc_stat(5).
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";

/** `USER_HZ`: what the kernel counts in for user space, on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;

/** User and system time of a process and of what it started, in seconds. */
export function cpuSecondsOf(pid: number): number {
  const own = statOf(pid);
  return (own.utime + own.stime) / TICKS_PER_SECOND + sum(childrenOf(pid).map(cpuSecondsOf));
}

/** Resident memory, in bytes. */
export function residentBytesOf(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) * 1_024;
}

/** How long a core has been busy since it started, whoever with, in seconds. */
export function busySecondsOf(core: number): number {
  const line = new RegExp(`^cpu${core} (.*)$`, "m").exec(readFileSync("/proc/stat", "utf8"))?.[1];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (line ?? "")
    .split(" ")
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

function statOf(pid: number): { readonly utime: number; readonly stime: number } {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" "); // from the third field, `state`
  return { utime: Number(fields[11]), stime: Number(fields[12]) };
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")
      .split(" ")
      .filter((text) => text !== "")
      .map(Number),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
