/** What a person puts into `~/.bashrc`, or into a folder of bash-completion: for bash 3.2 and later. */
export const BASH_SCRIPT = `# Completion of pvevm for bash. Load it with: source <(pvevm completion bash)

_pvevm() {
  local rest=\${COMP_LINE:0:COMP_POINT} stripped word i
  local words=()
  # Bash takes words apart at = and : too; what the user wrote is one word between blanks.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    stripped=\${rest#"\${rest%%[![:space:]]*}"}
    word=\${COMP_WORDS[i]}
    if ((i == COMP_CWORD)); then word=$stripped; fi
    if ((i == 0)) || [[ $stripped != "$rest" ]]; then
      words[\${#words[@]}]=$word
    else
      words[\${#words[@]} - 1]+=$word
    fi
    rest=\${stripped#"$word"}
  done
  local last=$((\${#words[@]} - 1))
  local current=\${words[last]}
  # Bash replaces only what stands behind the last of its own breaks.
  local kept=''
  if [[ $current == *=* && $COMP_WORDBREAKS == *=* ]]; then kept=\${current%"\${current##*=}"}; fi
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then kept=\${current%"\${current##*:}"}; fi

  COMPREPLY=()
  local from='' line
  while IFS= read -r line; do
    if [[ -z $from ]]; then
      from=$line
      continue
    fi
    line=\${line%%$'\\t'*}
    COMPREPLY[\${#COMPREPLY[@]}]=\${line#"$kept"}
  done < <("\${words[0]}" __complete "=$current" "\${words[@]:1:last-1}" 2>/dev/null)

  local path=\${current##*=}
  path=\${path#[\\"\\']}
  case $from in
    files | folders)
      local kind=-f
      if [[ $from == folders ]]; then kind=-d; fi
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do
        COMPREPLY[\${#COMPREPLY[@]}]=$line
      done < <(compgen "$kind" -- "$path")
      ;;
    *)
      if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[=.-] ]]; then compopt -o nospace 2>/dev/null; fi
      ;;
  esac
  return 0
}

complete -F _pvevm pvevm
`;
