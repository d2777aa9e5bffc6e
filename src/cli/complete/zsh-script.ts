/** What a person puts into a folder of `$fpath` as `_pvevm`, or loads from `~/.zshrc` behind `compinit`. */
export const ZSH_SCRIPT = `#compdef pvevm
# Completion of pvevm for zsh. Load it behind compinit with: source <(pvevm completion zsh)

_pvevm() {
  local -a values shown open open_shown
  local from='' line value
  local current=\${words[CURRENT][1,\${#PREFIX}]}
  [[ -n $PREFIX ]] || current=''
  while IFS= read -r line; do
    if [[ -z $from ]]; then
      from=$line
      continue
    fi
    value=\${line%%$'\\t'*}
    line=\${line#*$'\\t'}
    [[ -z $line ]] && line=$value || line="$value  -- $line"
    # Behind these more follows in the same word.
    if [[ $value == *[=.-] ]]; then
      open+=("$value")
      open_shown+=("$line")
    else
      values+=("$value")
      shown+=("$line")
    fi
  done < <("\${(Q)words[1]}" __complete "=\${(Q)current}" "\${(Q@)words[2,CURRENT-1]}" 2>/dev/null)

  case $from in
    files)
      compset -P '--*='
      _files
      ;;
    folders)
      compset -P '--*='
      _files -/
      ;;
    *)
      (( \${#values} )) && compadd -l -d shown -a values
      (( \${#open} )) && compadd -l -S '' -d open_shown -a open
      ;;
  esac
  return 0
}

if [[ $funcstack[1] == _pvevm ]]; then
  _pvevm "$@"
else
  compdef _pvevm pvevm
fi
`;
