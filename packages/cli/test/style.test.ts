import { expect, test } from "vitest";
import { styleOf } from "../src/output/style.ts";

test.each([
  [{}, {}, true, true],
  [{}, {}, false, false],
  [{}, { NO_COLOR: "1" }, true, false],
  [{}, { NO_COLOR: "" }, true, true],
  [{}, { CLICOLOR: "0" }, true, false],
  [{}, { TERM: "dumb" }, true, false],
  [{}, { CLICOLOR_FORCE: "1" }, false, true],
  [{}, { FORCE_COLOR: "1" }, false, true],
  [{}, { FORCE_COLOR: "0" }, true, false],
  [{}, { FORCE_COLOR: "1", NO_COLOR: "1" }, false, false],
  [{ color: "always" }, { NO_COLOR: "1" }, false, true],
  [{ color: "never" }, { FORCE_COLOR: "1" }, true, false],
  [{ color: "auto" }, {}, true, true],
] as const)("CLI-07 %j with %j, terminal %s: colour %s", (flags, env, isTerminal, isColored) => {
  const text = styleOf(flags, env, isTerminal)("red", "x");

  expect(text).toBe(isColored ? "\u001b[31mx\u001b[39m" : "x");
});

test("CLI-07 another word for --color is refused", () => {
  expect(() => styleOf({ color: "sometimes" }, {}, true)).toThrow("--color sometimes");
});
