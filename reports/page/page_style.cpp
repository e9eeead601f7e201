#include "reports/page/page_style.h"

namespace attnsweep::reports {

// Okabe and Ito's colours, which everyone tells apart; lighter ones of the same kind on dark.
const char* const page_style = R"(
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1d21;--soft:#565c66;--line:#d9dce1;--panel:#f5f6f8;--link:#0b5a9d;
--mark:#fff3c4;--axis:#444;--grid:#e4e4e4;--quiet:#8a8a8a;--right:0,114,178;--wrong:213,94,0;--good:#0a6b4c;--bad:#a3400a;--over:#fff;
--s0:#0072b2;--s1:#d55e00;--s2:#009e73;--s3:#cc79a7;--s4:#e69f00;--s5:#56b4e9;--s7:#7f7f7f}
@media (prefers-color-scheme:dark){:root{--paper:#14161a;--ink:#e8eaee;--soft:#a7aeb9;--line:#363b44;--panel:#1d2026;
--link:#82bdf5;--mark:#4a4013;--axis:#b9bec7;--grid:#2c3037;--quiet:#8d939d;--right:66,161,224;--wrong:240,130,50;
--good:#5fd3a5;--bad:#ff9f68;--over:#08131c;--s0:#4fa8e0;--s1:#f08237;--s2:#2fc79a;--s3:#e29cc4;--s4:#f0b537;--s5:#8accf2;--s7:#a0a0a0}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI","Liberation Sans",
"DejaVu Sans",Arial,sans-serif}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,button:focus-visible,.scroll:focus-visible{outline:3px solid var(--s1);outline-offset:2px}
.skip{position:absolute;left:-99rem;top:0;padding:.5rem 1rem;background:var(--paper);z-index:2}
.skip:focus{left:0}
header,main,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.75rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.3rem;line-height:1.25;margin:3rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.75rem 0 .5rem;overflow-wrap:anywhere}
p,li,td,th,dd,figcaption{unicode-bidi:isolate}
p,figcaption,.notes,.comparisons,.state{max-width:52rem}
.soft,figcaption,.notes,caption{color:var(--soft)}
.notes,figcaption{font-size:.875rem}
.notes{padding-left:1.1rem;margin:.5rem 0 0}
.notes li{overflow-wrap:anywhere}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;padding:0;margin:1rem 0 0}
.state{background:var(--panel);border-left:4px solid var(--s0);padding:.6rem .9rem;margin:1rem 0;overflow-wrap:anywhere}
.state.unfinished{border-color:var(--s1)}
.scroll{overflow-x:auto;margin:1.25rem 0 .5rem}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:0 0 .4rem;caption-side:top}
th,td{padding:.28rem .6rem;text-align:left;vertical-align:top}
thead th,thead th.n{border-bottom:2px solid var(--line);white-space:normal;vertical-align:bottom;font-weight:600}
tbody tr{border-bottom:1px solid var(--line)}
tbody th{font-weight:500;overflow-wrap:anywhere;min-width:8.5rem}
.n{text-align:right;white-space:nowrap}
tr.rule{border-top:2px solid var(--soft)}
tr.reference td,tr.reference th{color:var(--soft);padding-top:0}
tr.reference th{white-space:nowrap}
tr:has(+tr.reference){border-bottom:0}
tr.baseline td,tr.baseline th{color:var(--soft);font-style:italic}
.sortable thead button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;text-align:inherit}
.sortable thead button:hover{text-decoration:underline}
.sortable [aria-sort=ascending] button::after{content:" \25B2"}
.sortable [aria-sort=descending] button::after{content:" \25BC"}
td a,th a{text-decoration:none}
td a:hover,th a:hover{text-decoration:underline}
:target,tr:target td,tr:target th{background:var(--mark)}
figure{margin:1rem 0}
.plot{max-width:100%;height:auto;display:block}
.plot text{font-family:inherit}
.matrices{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,max(34rem,calc(var(--classes)*1.5rem + 9rem))),1fr));gap:1.5rem;align-items:start}
.matrix{font-size:.6875rem;border-spacing:1px;border-collapse:separate}
.matrix caption{font-size:.875rem}
.matrix th,.matrix td{padding:0;border:0;height:1.45rem;vertical-align:middle}
.matrix thead th{height:auto;vertical-align:bottom;border:0;font-weight:400}
.matrix thead th span{writing-mode:vertical-rl;transform:rotate(180deg);max-height:8rem;overflow:hidden;white-space:nowrap;
text-overflow:ellipsis;margin:0 auto;display:block}
.matrix tbody tr{border:0}
.matrix tbody th{padding-right:.4rem;text-align:right;white-space:nowrap;min-width:0;max-width:7.5rem;overflow:hidden;
text-overflow:ellipsis;font-weight:400}
.matrix td{width:1.45rem;min-width:1.45rem;text-align:center}
.matrix td.r{background:rgba(var(--right),var(--v))}
.matrix td.w{background:rgba(var(--wrong),var(--v))}
.matrix td.d{color:var(--over);font-weight:600}
.claims{width:100%;margin:1.25rem 0 .5rem}
.claims th:first-child{width:30%;text-align:left}
.claims tbody tr{border-bottom:0}
.claims tbody{border-bottom:1px solid var(--line)}
.claims td{overflow-wrap:anywhere}
.claims td:nth-last-child(2){width:20%;min-width:6.5rem}
.comparisons{padding-left:1.4rem}
.comparisons>li{margin:0 0 1.4rem}
.comparisons p{margin:.15rem 0}
.comparisons ul{margin:.3rem 0;padding-left:1.1rem}
.verdict{font-weight:600}
summary{cursor:pointer;color:var(--link);width:fit-content}
details{margin:.5rem 0}
.verdict.holds{color:var(--good)}
.verdict.fails{color:var(--bad)}
.up{color:var(--good)}
.down{color:var(--bad)}
.trials tbody{border-bottom:2px solid var(--line)}
.trials .trace td{padding-top:0;color:var(--soft);font-size:.8125rem;overflow-wrap:anywhere}
.trials .group th{padding-top:1.1rem;font-weight:600;background:var(--paper)}
.trials tr.trial{border-bottom:0}
code,pre{font-family:ui-monospace,"DejaVu Sans Mono","Liberation Mono",monospace;font-size:.85em;overflow-wrap:anywhere}
pre{background:var(--panel);padding:.8rem;overflow-x:auto;white-space:pre-wrap;max-height:30rem}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;font-size:.9rem}
dl.facts dt{color:var(--soft)}
dl.facts dd{margin:0;overflow-wrap:anywhere}
footer{margin-top:3rem;padding-bottom:2rem;font-size:.875rem}
@media (max-width:60rem){caption{max-width:calc(100vw - 2.5rem)}
.scroll tbody th{position:sticky;left:0;background:var(--paper)}tr:target th{background:var(--mark)}}
@media (max-width:40rem){dl.facts{grid-template-columns:1fr}dl.facts dd{margin-bottom:.5rem}
.claims thead{display:none}.claims tbody,.claims tr,.claims th,.claims td{display:block}
.claims th:first-child,.claims td:nth-last-child(2){width:auto}.claims tbody{padding:.4rem 0}.claims th,.claims td{padding:.15rem 0}}
@media print{:root{--paper:#fff;--ink:#000;--soft:#333;--line:#bbb;--panel:#fff;--link:#000;--axis:#444;--grid:#e4e4e4;
--quiet:#777;--right:0,114,178;--wrong:213,94,0;--good:#000;--bad:#000;--over:#fff;--s0:#0072b2;--s1:#d55e00;--s2:#009e73;--s3:#cc79a7;
--s4:#e69f00;--s5:#56b4e9;--s7:#7f7f7f}
body{font-size:10pt}.notes,figcaption{font-size:8pt}caption{break-after:avoid}nav,.skip{display:none}.scroll{overflow:visible}table{font-size:7.5pt}th,td{padding:1pt 3pt}
header,main,footer{max-width:none;padding:0}h2{break-after:avoid;margin-top:1.5rem}h3{break-after:avoid}
figure,.matrices>div,tr{break-inside:avoid}a{text-decoration:none}.matrices{grid-template-columns:1fr 1fr;gap:.5rem}
.matrix{font-size:4.5pt}.matrix td{width:8pt;min-width:8pt}.matrix th,.matrix td{height:8pt}pre{max-height:none}
details::details-content{content-visibility:visible;block-size:auto}summary{color:inherit;list-style:none}details{font-size:8pt}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)";

}  // namespace attnsweep::reports
