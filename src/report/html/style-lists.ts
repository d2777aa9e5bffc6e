/** The style of the list of resources, of the controls over it, and of the table of a status. */
export const LISTS = `
.bar{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem .75rem;margin-bottom:.625rem}
.chips{display:flex;flex-wrap:wrap;gap:.375rem;min-width:0}
.chips:not(:has(.chip)){display:none}
.chip input{position:absolute;opacity:0;width:1px;height:1px}
.chip span,button,.search input{display:inline-block;padding:.1875rem .625rem;border:1px solid var(--line);border-radius:1rem;background:var(--card);color:var(--ink);font:inherit;font-size:.8125rem;line-height:1.25rem;cursor:pointer}
.chip b{font-variant-numeric:tabular-nums}
.chip span:hover,button:hover{border-color:var(--faint)}
.chip input:checked+span{border-color:var(--ink);background:var(--ink);color:var(--page)}
.chip input:checked+span b{color:inherit}
.chip input:focus-visible+span{outline:2px solid var(--focus);outline-offset:2px}
.chip.create b,.chip.running b{color:var(--add)}
.chip.update b,.chip.restart b,.chip.migrate b,.chip.hard-stop b,.chip.drift b,.chip.pending b{color:var(--change)}
.chip.delete b,.chip.recreate b,.chip.data-loss b,.chip.absent b,.chip.unknown b{color:var(--remove)}
.chip.live b{color:var(--live)}
.chips:not(:has(:checked)) .reset{display:none}
.reset{border-color:transparent;background:none;text-decoration:underline;text-underline-offset:.2em}
.tools{display:flex;flex-wrap:wrap;gap:.375rem}
.search input{width:11rem;border-radius:.375rem;cursor:text}
.search input::placeholder{color:var(--faint);opacity:1}
.count{margin-left:auto;color:var(--faint);font-size:.8125rem}
.nothing{padding:2rem;text-align:center;color:var(--faint)}
.list{border:1px solid var(--line);border-radius:.625rem;background:var(--card);overflow:clip}
.r{--shown:block;display:block}
.list .r+.r{border-top:1px solid var(--line)}
.long .r{content-visibility:auto;contain-intrinsic-size:auto 3rem}
.r>summary{display:grid;grid-template-columns:1.375rem minmax(0,auto) minmax(6rem,1fr) auto auto;gap:0 .75rem;align-items:baseline;padding:.5rem 1rem;cursor:pointer;list-style:none}
.r>summary::-webkit-details-marker{display:none}
.r>summary:hover{background:var(--sunk)}
.r>summary:focus-visible{outline-offset:-2px;border-radius:.625rem}
.sign{width:1.375rem;height:1.375rem;border-radius:.3125rem;background:var(--sunk);color:var(--faint);font:600 .9375rem/1.375rem ui-monospace,monospace;text-align:center}
.create>summary .sign{background:var(--add-bg);color:var(--add)}
.update>summary .sign{background:var(--change-bg);color:var(--change)}
.delete>summary .sign{background:var(--remove-bg);color:var(--remove)}
h3{font-size:.875rem;font-weight:600}
h3 .find{font-size:.875rem}
.place{color:var(--faint);font-size:.875rem}
.tags{display:flex;flex-wrap:wrap;gap:.25rem}
.source{color:var(--faint);font-size:.75rem}
.body{padding:0 1rem .75rem 3.125rem}
.rows{display:grid;grid-template-columns:11.5rem minmax(0,1fr) minmax(0,16rem) minmax(0,9rem);column-gap:1.25rem;line-height:1.4}
.rows.made{grid-template-columns:11.5rem minmax(0,1fr)}
.rows.origins{grid-template-columns:10.5rem minmax(0,1fr) minmax(0,18rem)}
.c{display:grid;grid-template-columns:subgrid;grid-column:1/-1;padding:.1875rem 0}
.c:hover{background:linear-gradient(var(--sunk),var(--sunk)) 0/100% no-repeat}
.made .v{grid-column:2/-1}
dt{color:var(--faint)}
.mark{font-weight:600;margin-left:-2ch}
.comes .mark,.comes .v{color:var(--add)}
.goes .mark,.goes .v{color:var(--remove)}
.v b{font-weight:600}
.was,.to{color:var(--faint)}
.e{color:var(--faint)}
.e.live{color:var(--live)}
.e.heavy{color:var(--change)}
.delete .e.heavy{color:var(--remove)}
.o{color:var(--faint);font-size:.75rem}
.rows:not(.origins) .o{text-align:right}
.below{grid-column:1/-1;padding:.125rem 0 .375rem}
.diff span{display:inline-block;min-width:100%;margin:0 -.75rem;padding:0 .75rem;box-sizing:content-box}
.diff .same{color:var(--faint)}
.diff .plus{background:var(--add-bg);color:var(--add)}
.diff .minus{background:var(--remove-bg);color:var(--remove)}
.needs,.unmanaged{margin-top:.375rem;font-size:.875rem;color:var(--faint)}
.needs code{color:var(--change)}
.fold{margin-top:.375rem;font-size:.875rem}
.fold>summary{color:var(--faint);cursor:pointer;width:fit-content;max-width:100%}
.fold>summary:hover{color:var(--ink)}
.fold:not([open])>summary{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.fold[open]>summary .titles{display:none}
.fold>.rows{margin:.25rem 0 0 1rem;font-size:.9375rem}
.steps{padding:.25rem 0 0 1.5rem}
.steps>li{padding:.25rem 0}
.steps>li::marker{color:var(--faint);font-variant-numeric:tabular-nums}
.steps pre{margin-top:.25rem}
.waits{color:var(--faint);font-size:.8125rem}
table{width:100%;border-collapse:collapse;font-size:.875rem;line-height:1.4}
.scroll{overflow-x:auto}
th,td{padding:.4375rem .75rem;text-align:left;vertical-align:baseline;font-variant-numeric:tabular-nums}
thead th{color:var(--faint);font-weight:500;font-size:.8125rem;white-space:nowrap}
tbody.r{--shown:table-row-group;display:table-row-group;border-top:1px solid var(--line)}
tbody th{font-weight:600}
tbody th:first-child,thead th:first-child{padding-left:1rem}
tbody th .source{display:block;font-weight:400}
td .label{display:none}
.nil{color:var(--faint)}
td .count-of{color:var(--change);font-weight:600}
.state::before{content:"";display:inline-block;width:.5rem;height:.5rem;margin-right:.375rem;border-radius:50%;background:var(--faint)}
.running .state::before,.present .state::before{background:var(--add)}
.absent .state,.unknown .state{color:var(--remove)}
.absent .state::before,.unknown .state::before{background:var(--remove)}
.differs td{padding-top:0;padding-left:1rem;color:var(--faint)}
.differs code{background:none;padding:0;color:var(--change)}
@media (max-width:46rem){
table,thead,tbody.r,tr,td,tbody th{display:block}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tbody.r{--shown:block;padding:.5rem .75rem}
tr{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.125rem .75rem}
tbody th,td,.differs td,tbody th:first-child{padding:.0625rem 0}
tbody th,.differs td{grid-column:1/-1}
td .label{display:inline;color:var(--faint);margin-right:.375rem}
td.nil{display:none}
body{padding:0 .875rem 3rem}
header{padding:1.5rem 0 .25rem}
h1{font-size:1.375rem}
.r>summary{grid-template-columns:1.375rem minmax(0,1fr) auto;padding:.5625rem .75rem;gap:0 .625rem}
.r>summary .place{grid-column:2/-1;grid-row:2;font-size:.8125rem}
.r>summary .tags{grid-column:3;grid-row:1;justify-content:flex-end}
.r>summary .source{grid-column:2/-1;grid-row:3}
.body{padding:0 .75rem .75rem}
.rows,.rows.origins{grid-template-columns:minmax(0,1fr)}
.c{display:flex;flex-wrap:wrap;gap:0 .75rem;padding:.375rem 0;border-top:1px solid var(--line)}
.mark{margin-left:0}
.c dt,.c .v,.below{flex:1 0 100%}
.rows.made{grid-template-columns:6.5rem minmax(0,1fr);column-gap:.75rem}
.made .c{display:grid;padding:.1875rem 0;border:0}
.rows .o,.rows:not(.origins) .o{margin-left:auto}
.count{margin-left:0;flex:1 0 100%}
.search,.search input{width:100%}
.search,.tools{flex:1 0 100%}
.search input{font-size:1rem}
.chip span,button{padding:.375rem .75rem}
.fold>.rows{margin-left:0}
}
`;
