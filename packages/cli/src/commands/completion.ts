import { type Run, usage } from "../command.ts";
import { SHELLS } from "../completion/complete-words.ts";

/** A script asks the program for candidates at each key press, so it never has to be made anew. */
export const completion: Run = async ({ io, args }) => {
  const script = SCRIPTS[args[0] ?? ""];
  if (script === undefined) {
    throw usage(`there is no script for ${args[0] ?? ""}`, `one of ${SHELLS.join(", ")}`);
  }
  io.out(script);
  return 0;
};

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# llmcfg completion for bash: source <(llmcfg completion bash)
_llmcfg() {
  local candidates=()
  mapfile -t candidates < <(llmcfg __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ \${candidates[0]-} == :files ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
    return
  fi
  COMPREPLY=("\${candidates[@]}")
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace; fi
}
complete -F _llmcfg llmcfg
`,
  zsh: `#compdef llmcfg
# llmcfg completion for zsh: llmcfg completion zsh > ~/.zfunc/_llmcfg
_llmcfg() {
  local -a candidates folders others
  candidates=(\${(f)"$(llmcfg __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if [[ $candidates[1] == :files ]]; then _files; return; fi
  folders=(\${(M)candidates:#*/})
  others=(\${candidates:#*/})
  (( $#others )) && compadd -a others
  (( $#folders )) && compadd -S '' -a folders
}
if [[ $funcstack[1] == _llmcfg ]]; then _llmcfg "$@"; else compdef _llmcfg llmcfg; fi
`,
  fish: `# llmcfg completion for fish: llmcfg completion fish | source
function __llmcfg_candidates
  set -l words (commandline -opc) (commandline -ct)
  set -l candidates (llmcfg __complete -- $words[2..-1] 2>/dev/null)
  if test "$candidates[1]" = :files
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $candidates
  end
end
complete -c llmcfg -f -a '(__llmcfg_candidates)'
`,
  powershell: `# llmcfg completion for PowerShell: llmcfg completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName llmcfg -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.StartOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $next = if ($wordToComplete -eq '') { @('--next') } else { @() }
  llmcfg __complete @next -- @words 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`,
};
