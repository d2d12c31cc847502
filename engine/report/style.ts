/**
 * The style of a report. On the screen it is light or dark like the reader's system. On paper it is black on white. With more contrast, lines
 * and secondary text have the colour of the text. In a forced palette (high contrast of Windows), all but the signs has its colours.
 */
import { NEGATIVE, POSITIVE } from './signPicture';

export const STYLE = `
:root { color-scheme: light dark; --text: #1f2328; --faint: #59636e; --line: #d1d9e0; --back: #ffffff; --bar: #8c959f; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --faint: #9198a1; --line: #3d444d; --back: #1b1f24; --bar: #9198a1; }
}
@media (prefers-contrast: more) {
  :root { --text: #000; --faint: #000; --line: #000; --back: #fff; --bar: #333; }
  .plus, .minus { stroke: var(--back); }
}
@media (prefers-contrast: more) and (prefers-color-scheme: dark) {
  :root { --text: #fff; --faint: #fff; --line: #fff; --back: #000; --bar: #ccc; }
}
@media (forced-colors: active) {
  :root { --text: CanvasText; --faint: CanvasText; --line: CanvasText; --back: Canvas; --bar: CanvasText; }
  .plus, .minus { stroke: var(--back); }
}
@media print {
  :root { color-scheme: light; --text: #000; --faint: #333; --line: #999; --back: #fff; --bar: #777; }
  tr, figure { break-inside: avoid; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px; max-width: 1100px; color: var(--text); background: var(--back);
  font: 14px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 20px; margin: 0 0 8px; }
h2 { font-size: 16px; margin: 32px 0 8px; overflow-wrap: anywhere; }
p { margin: 4px 0; max-width: 80ch; }
.faint, caption { color: var(--faint); }
caption { caption-side: bottom; text-align: left; padding-top: 8px; max-width: min(80ch, 100vw - 48px); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 8px 0; }
th, td { padding: 3px 10px 3px 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; }
th:first-child, td:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 12ch; }
tfoot td { font-weight: 600; }
table:not(.matrix) :is(th, td):nth-child(2) { text-align: left; }
td.text { text-align: left; white-space: normal; }
.pairs td:nth-child(2) { white-space: normal; overflow-wrap: anywhere; min-width: 12ch; }
td img { display: block; image-rendering: pixelated; outline: 1px solid var(--line); }
code { font-family: ui-monospace, monospace; font-size: 12px; overflow-wrap: anywhere; }
.bar { fill: var(--bar); } .plus { fill: ${POSITIVE}; } .minus { fill: ${NEGATIVE}; } .frame { fill: none; stroke: var(--line); }
`;
