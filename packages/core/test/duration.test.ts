import { formatAge, isLlmcfgError, parseDuration } from "@llmcfg/core";
import { expect, test } from "vitest";

test.each([
  ["0s", 0],
  ["500ms", 500],
  ["15s", 15_000],
  ["10m", 600_000],
  ["24h", 86_400_000],
  ["90d", 7_776_000_000],
  ["007s", 7_000],
])("%s are %i milliseconds", (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
});

test.each([
  "",
  "15",
  "s",
  "1.5h",
  "-1s",
  "+1s",
  "1e3s",
  "1 s",
  "1h30m",
  "1w",
  "15S",
  "15s\n",
  "٣s",
  "104249991375d",
])("%j is no duration, and the error says what would be one", (text) => {
  let error: unknown;
  try {
    parseDuration(text);
  } catch (thrown) {
    error = thrown;
  }

  if (!isLlmcfgError(error, "INVALID_ARGUMENT")) throw new Error("not refused");
  expect(error.details.errors[0]?.expected).toContain("500ms, 15s, 10m, 24h, 90d");
});

test.each([
  [-5, "0s"],
  [999, "0s"],
  [12_999, "12s"],
  [59_999, "59s"],
  [60_000, "1m"],
  [3_599_999, "59m"],
  [3_600_000, "1h"],
  [86_399_999, "23h"],
  [86_400_000, "1d"],
  [200_000_000, "2d"],
])("an age of %i milliseconds is shown as %s", (ageMs, text) => {
  expect(formatAge(ageMs)).toBe(text);
});
