// Loaded before a program, with `--import`: writes the address of every module that it loads, by
// `import` or by `require`, to the file that LOADED names.
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";

const file = process.env["LOADED"] ?? "";

registerHooks({
  load: (url, context, nextLoad) => {
    appendFileSync(file, `${url}\n`);
    return nextLoad(url, context);
  },
});
