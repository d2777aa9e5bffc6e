/** What a person puts into the file that `$PROFILE` names: for Windows PowerShell 5.1 and later. */
export const POWERSHELL_SCRIPT = `# Completion of pvevm for PowerShell. Load it with: pvevm completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName pvevm -ScriptBlock {
    param($word, $ast, $position)
    $program = $ast.CommandElements[0].Extent.Text
    $current = ''
    $before = @()
    foreach ($element in $ast.CommandElements | Select-Object -Skip 1) {
        if ($element.Extent.StartOffset -ge $position) { break }
        if ($element.Extent.EndOffset -lt $position) {
            $before += $element.Extent.Text
        } else {
            $current = $element.Extent.Text.Substring(0, $position - $element.Extent.StartOffset)
        }
    }
    $lines = @(& $program __complete "=$current" @before 2>$null)
    if ($lines.Count -eq 0) { return }
    # Without an answer PowerShell completes files by itself.
    if ($lines[0] -ne 'values') { return }
    foreach ($line in $lines | Select-Object -Skip 1) {
        $value, $description = $line -split "\`t", 2
        if ([string]::IsNullOrEmpty($description)) { $description = $value }
        $quoted = $value
        if ($value -notmatch '^[A-Za-z0-9_./=-]+$') { $quoted = "'" + $value.Replace("'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($quoted, $value, 'ParameterValue', $description)
    }
}
`;
