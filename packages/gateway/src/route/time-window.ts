import { DAYS, type Day, type TimeWindow } from "../schema/rule-condition.ts";

/** Whether an instant, in milliseconds since 1970, lies in the window. */
export type WindowTest = (nowMs: number) => boolean;

/**
 * Compiles a window by the clock on the wall: days are those on which it starts.
 *
 * @throws {RangeError} for a time zone that is not known: validation refuses such a document
 */
export function compileWindow(window: TimeWindow): WindowTest {
  const start = minutesOf(window.start);
  const end = minutesOf(window.end);
  const days = new Set(window.days.map((day) => DAYS.indexOf(day)));
  const clock = new WallClock(window.timezone);
  return (nowMs) => {
    const { day, minute } = clock.read(nowMs);
    if (start < end) return days.has(day) && minute >= start && minute < end;
    if (minute >= start) return days.has(day);
    return minute < end && days.has((day + 6) % 7); // it began yesterday
  };
}

function minutesOf(text: string): number {
  const [hours, minutes] = text.split(":").map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

interface WallTime {
  /** 0 is Monday. */
  readonly day: number;
  /** Since midnight. */
  readonly minute: number;
}

/** Remembers the last second it was asked for: formatting a date costs more than all else here. */
class WallClock {
  readonly #format: Intl.DateTimeFormat;
  #second = Number.NaN;
  #time: WallTime = { day: 0, minute: 0 };

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
  }

  read(nowMs: number): WallTime {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.#second) {
      this.#time = this.#toWallTime(nowMs);
      this.#second = second;
    }
    return this.#time;
  }

  #toWallTime(nowMs: number): WallTime {
    const parts = new Map(
      this.#format.formatToParts(nowMs).map(({ type, value }) => [type, value]),
    );
    const day = DAYS.indexOf((parts.get("weekday") ?? "").toLowerCase() as Day); // en-GB: Mon…Sun
    return { day, minute: minutesOf(`${parts.get("hour")}:${parts.get("minute")}`) };
  }
}
