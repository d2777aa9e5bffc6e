import { filterRules } from './filters.ts';
import { COLORS } from './style-colors.ts';
import { LISTS } from './style-lists.ts';

const BASE = `
*,::before,::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;max-width:72rem;padding:0 1.5rem 4rem;background:var(--page);color:var(--ink);font:.9375rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
h1,h2,h3,p,ul,ol,dl,dd,pre,fieldset{margin:0;padding:0;border:0}
ul{list-style:none}
code,pre,.v,dt,.e,.o,.source,.find,.at,.removes,.consents a{font-family:ui-monospace,SFMono-Regular,"Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.8125rem}
code{padding:.1em .35em;border-radius:.25rem;background:var(--sunk)}
pre{padding:.625rem .75rem;border-radius:.375rem;background:var(--sunk);white-space:pre-wrap;line-height:1.5}
a{color:var(--live)}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px;border-radius:.25rem}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
[hidden]{display:none!important}
header{padding:2.5rem 0 .25rem}
.name{color:var(--faint);font-size:.8125rem;letter-spacing:.02em}
h1{font-size:1.75rem;line-height:1.25;font-weight:650;letter-spacing:-.015em;text-wrap:balance}
header .more{margin-top:.375rem;max-width:48rem}
.where{margin-top:.375rem;color:var(--faint);font-size:.875rem;white-space:pre-wrap}
h2{font-size:.9375rem;font-weight:650;margin:0 0 .625rem}
h2 .sub{margin-left:.375rem;color:var(--faint);font-weight:400}
section{margin-top:1.75rem}
.tag{display:inline-block;padding:0 .4375rem;border-radius:1rem;background:var(--sunk);color:var(--faint);font:500 .75rem/1.25rem system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;white-space:nowrap}
.tag.live,.tag.note{background:var(--live-bg);color:var(--live)}
.tag.restart,.tag.migrate,.tag.hard-stop,.tag.drift,.tag.pending,.tag.warning{background:var(--change-bg);color:var(--change)}
.tag.recreate,.tag.data-loss,.tag.error{background:var(--remove-bg);color:var(--remove)}
.callout{padding:.875rem 1rem 1rem;border:1px solid var(--change-line);border-radius:.625rem;background:var(--change-bg)}
.callout h2 code{display:inline-block;margin-left:.375rem;background:var(--card);font-weight:500}
.callout .tag{background:var(--card)}
.consents>li{padding:.125rem 0}
.consents a{margin-right:.5rem;font-weight:600}
.removes{color:var(--remove)}
.consents .removes{padding-left:1rem}
.findings{border:1px solid var(--line);border-radius:.625rem;background:var(--card);overflow:hidden}
.finding{padding:.75rem 1rem}
.finding+.finding{border-top:1px solid var(--line)}
.finding h3{font-size:.9375rem;font-weight:600}
.finding h3 .tag{margin-right:.25rem}
.at{margin-top:.125rem;color:var(--faint);display:flex;flex-wrap:wrap;gap:0 1rem}
.at .code{margin-left:auto}
.detail{margin-top:.25rem;white-space:pre-wrap;max-width:56rem}
.frame{margin-top:.5rem;white-space:pre;overflow-x:auto}
.findings+.more{margin-top:.5rem;color:var(--faint)}
`;

const PRINT = `
@media print{
body{max-width:none;padding:0;font-size:10pt}
.bar{display:none}
details::details-content{content-visibility:visible;block-size:auto}
.list,.findings,.callout{overflow:visible}
.finding,.c,.steps>li,tr{break-inside:avoid}
summary{break-after:avoid}
pre{border:1px solid var(--line)}
}
`;

/** The style of every page: light and dark, for a phone, a screen and paper. It loads nothing. */
export const STYLE: string = [COLORS, BASE, LISTS, filterRules(), PRINT].join('\n').replaceAll(/\n+/g, '\n');
