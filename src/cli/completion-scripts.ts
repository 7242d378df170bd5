export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What a line of candidates says when the shell's own file names belong here. */
export const FILES = ':files';

/**
 * What the shell is to read. Each asks the command itself for what may come next, so that the scripts never have to be
 * written again: `onboard complete -- <the words so far>` prints a candidate a line, a tab and what it means behind it.
 */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_onboard() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == '${FILES}' ]]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("\${line%%$'\\t'*}")
    fi
  done < <("$1" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _onboard onboard
`,
  zsh: `#compdef onboard
_onboard() {
  local line wantsfiles
  local -a found
  for line in "\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == '${FILES}' ]]; then
      wantsfiles=1
    elif [[ -n $line ]]; then
      found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  (( \${#found} )) && _describe 'onboard' found
  [[ -n $wantsfiles ]] && _files
}
compdef _onboard onboard
`,
  fish: `function __onboard_complete
  set -l line_so_far (commandline -opc)
  for line in ($line_so_far[1] complete -- $line_so_far[2..-1] (commandline -ct) 2>/dev/null)
    if test "$line" = '${FILES}'
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c onboard -f -a '(__onboard_complete)'
`,
};
