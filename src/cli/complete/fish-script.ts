/** What a person puts into `~/.config/fish/completions/pvevm.fish`. */
export const FISH_SCRIPT = `# Completion of pvevm for fish. Load it with: pvevm completion fish | source

function __pvevm_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l program $before[1]
    set -e before[1]
    set -l lines ($program __complete "=$current" $before 2>/dev/null)
    set -l prefix (string match -r -- '^--[^=]+=' $current)
    set -l path (string replace -r -- '^--[^=]+=' '' $current)
    switch "$lines[1]"
        case files
            for file in (__fish_complete_path $path '')
                echo -- "$prefix$file"
            end
        case folders
            for folder in (__fish_complete_directories $path '')
                echo -- "$prefix$folder"
            end
        case values
            set -e lines[1]
            for line in $lines
                echo -- $line
            end
    end
end

complete -c pvevm -e
complete -c pvevm -f -a '(__pvevm_complete)'
`;
