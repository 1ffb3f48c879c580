import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { COMMANDS, RESERVED_COMMANDS } from "../src/commands.ts";
import { runProgram } from "../src/run-program.ts";
import { recordingIo } from "./recording-io.ts";

test.each([
  [["production/", "prod/"], "pro", ["production/", "prod/"]],
  [["production/ml service/"], "", ["production/ml service/"]],
  [[], "x", []],
] as const)("CLI-17 bash shows the candidates %j", async (candidates, word, shown) => {
  const { replies } = await completeInBash(["get", word], candidates);

  expect(replies).toEqual(shown);
});

test("CLI-17 bash gives the words up to the cursor, the empty one too", async () => {
  const { asked } = await completeInBash(["get", "-e", "dev", ""], []);

  expect(asked).toEqual(["__complete", "--", "get", "-e", "dev", ""]);
});

test("CLI-17 bash puts no space behind a folder, and one behind a key", async () => {
  expect((await completeInBash(["get", "p"], ["production/"])).options).toEqual(["-o nospace"]);
  expect((await completeInBash(["get", "p"], ["production/ml/a"])).options).toEqual([]);
});

test("CLI-17 bash completes files itself where the program says so", async () => {
  const { replies, options } = await completeInBash(
    ["set", "K", "--from-file", "/etc/passw"],
    [":files"],
  );

  expect(replies).toContain("/etc/passwd");
  expect(options).toEqual(["-o filenames"]);
});

test.each(["bash", "zsh", "fish", "powershell"])(
  "CLI-17 the script for %s asks the program for candidates",
  async (shell) => {
    expect(await scriptFor(shell)).toContain("llmcfg __complete ");
  },
);

/** Runs the script in bash with a program in place of llmcfg that gives these candidates. */
async function completeInBash(words: readonly string[], candidates: readonly string[]) {
  const quoted = (list: readonly string[]) => list.map((word) => `'${word}'`).join(" ");
  const program = `
${await scriptFor("bash")}
llmcfg() {
  printf 'asked:%s\\n' "$@" >&2
  local all=(${quoted(candidates)})
  (( \${#all[@]} )) && printf '%s\\n' "\${all[@]}"
}
compopt() { echo "option:$*"; }
COMP_WORDS=(llmcfg ${quoted(words)}) COMP_CWORD=${words.length}
exec 3>&2
_llmcfg 2>/dev/null
printf 'reply:%s\\n' "\${COMPREPLY[@]}"
`.replace("2>/dev/null)", "2>&3)");
  const { stdout, stderr } = spawnSync("bash", ["-c", program], { encoding: "utf8" });
  const marked = (text: string, mark: string) =>
    text.split("\n").flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length)] : []));
  return {
    replies: marked(stdout, "reply:").filter((reply) => reply !== ""),
    options: marked(stdout, "option:"),
    asked: marked(stderr, "asked:"),
  };
}

async function scriptFor(shell: string): Promise<string> {
  const io = recordingIo();
  const program = { commands: COMMANDS, reserved: RESERVED_COMMANDS, version: "9.9.9" };
  expect(await runProgram(["completion", shell], io, program)).toBe(0);
  return io.printed.out;
}
