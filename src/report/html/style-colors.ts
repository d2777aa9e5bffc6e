/** The colours of a page, by what they stand for. Each text colour has a contrast of at least 4.5 on each ground it stands on. */
export const COLORS = `
:root{color-scheme:light dark;
--page:#f6f6f4;--card:#fff;--sunk:#f1f1ee;--line:#e2e2dd;--ink:#1d1e22;--faint:#5d6068;--focus:#2463a6;
--add:#17693a;--add-bg:#e6f3ea;--change:#7d4e00;--change-bg:#fdf3dd;--change-line:#ecd9ab;--remove:#ab1f1a;--remove-bg:#fdeae8;--live:#1d5a94;--live-bg:#e8f1fa}
@media (prefers-color-scheme:dark){:root{
--page:#121316;--card:#1a1c20;--sunk:#23262b;--line:#2f3238;--ink:#e7e7e4;--faint:#a2a6ae;--focus:#86b8ee;
--add:#74d396;--add-bg:#16301f;--change:#edbb5c;--change-bg:#2d2410;--change-line:#51411b;--remove:#ff9a91;--remove-bg:#3a1a18;--live:#8fc0f2;--live-bg:#16283b}}
@media print{:root{color-scheme:light;
--page:#fff;--card:#fff;--sunk:#fff;--line:#ccc;--ink:#000;--faint:#444;
--add:#17693a;--add-bg:#fff;--change:#7d4e00;--change-bg:#fff;--change-line:#ccc;--remove:#ab1f1a;--remove-bg:#fff;--live:#1d5a94;--live-bg:#fff}}
`;
