/** Colours have a contrast of at least 4.5 on their ground, in both schemes. */
export const DOCS_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fff; --raised: #f6f7f9; --line: #e1e4e9; --text: #1b2129; --quiet: #59636f; --link: #0b57c2;
  --get: #0b6b43; --post: #0b57c2; --good: #0b6b43; --bad: #b3261e; --worse: #8a4b00; --note: #8a4b00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --raised: #1a2029; --line: #2c3542; --text: #e4e8ee; --quiet: #9aa6b5; --link: #82b4ff;
    --get: #6fd3a2; --post: #82b4ff; --good: #6fd3a2; --bad: #ff9a92; --worse: #f0b35c; --note: #f0b35c;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
a:focus-visible, summary:focus-visible, pre:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .875em; }
pre {
  margin: .5rem 0 1rem; padding: .75rem 1rem; overflow-x: auto; background: var(--raised);
  border: 1px solid var(--line); border-radius: 8px; line-height: 1.5;
}
pre code { font-size: .8125rem; }
p { margin: .5rem 0; }
ul { list-style: none; margin: 0; padding: 0; }
summary { cursor: pointer; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--ground); padding: .5rem; }

nav { border-bottom: 1px solid var(--line); background: var(--raised); padding: .75rem 1rem; font-size: .875rem; }
nav .home { display: block; font-weight: 650; color: var(--text); overflow-wrap: anywhere; }
nav summary { margin-top: .5rem; color: var(--link); padding: .25rem 0; }
nav h2 { margin: 1rem 0 .25rem; font-size: .8125rem; font-weight: 650; border: 0; padding: 0; }
nav h2 a { color: var(--text); }
nav li a { display: flex; gap: .5rem; align-items: baseline; padding: .2rem 0; color: var(--quiet); overflow-wrap: anywhere; }
nav li a:hover { color: var(--link); }
.wide { display: none; }

main { padding: 1.25rem 1rem 4rem; max-width: 54rem; }
h1 { margin: 0 0 .25rem; font-size: 1.75rem; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 3rem 0 0; font-size: 1.375rem; line-height: 1.25; letter-spacing: -.005em; }
h3 { margin: 0; font-size: 1.0625rem; line-height: 1.4; }
h4 { margin: 1.25rem 0 .25rem; font-size: .8125rem; color: var(--quiet); font-weight: 650; }
.lead { color: var(--quiet); font-size: 1.0625rem; }
article { margin-top: 1.25rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
article:target { scroll-margin-top: 1rem; }
article:target h3 { box-shadow: -4px 0 0 var(--link); padding-left: .75rem; margin-left: -.75rem; }
.call { color: inherit; overflow-wrap: anywhere; }
.call code { font-size: 1em; font-weight: 600; }
.method {
  flex: none; display: inline-block; min-width: 2.75rem; color: var(--post);
  font: 700 .6875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
}
.method.get { color: var(--get); }
h3 .method { font-size: .8125rem; }
.roles { color: var(--quiet); font-size: .9375rem; }
.roles b { color: var(--text); font-weight: 600; }
.fields, .answers { font-size: .9375rem; }
.fields > li, .answers > li { padding: .5rem 0; border-top: 1px solid var(--line); }
.fields > li:first-child, .answers > li:first-child { border-top: 0; }
.fields .fields { margin: .25rem 0 0 .25rem; padding-left: .875rem; border-left: 2px solid var(--line); }
.fields p, .answers p { margin: .125rem 0; color: var(--quiet); }
.field { overflow-wrap: anywhere; }
.field .name { font-weight: 600; }
.field .type { color: var(--quiet); margin-left: .25rem; }
.note { margin-left: .375rem; color: var(--note); font-size: .8125rem; white-space: nowrap; }
.limits { color: var(--quiet); font-size: .8125rem; overflow-wrap: anywhere; }
.status { font: 700 .8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; margin-right: .375rem; color: var(--good); }
.status.s4 { color: var(--worse); }
.status.s5 { color: var(--bad); }
.answers pre { max-height: 26rem; }
details > summary { color: var(--quiet); font-size: .9375rem; padding: .375rem 0; }

@media (min-width: 60rem) {
  body { display: grid; grid-template-columns: 19rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border: 0; border-right: 1px solid var(--line); padding: 1.5rem 1.25rem; }
  nav details { display: none; }
  .wide { display: block; }
  main { padding: 2rem 2.5rem 6rem; }
  h1 { font-size: 2.125rem; }
}
@media (min-width: 75rem) {
  main { max-width: 88rem; }
  article:has(.shown) { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 25rem); column-gap: 2.5rem; align-items: start; }
  article:has(.shown) > h3 { grid-column: 1 / -1; }
  .shown { position: sticky; top: 1rem; }
  .shown h4:first-child { margin-top: .5rem; }
  .shown pre { max-height: 45vh; }
}
@media print { nav { display: none; } details > * { display: block; } }
`;
