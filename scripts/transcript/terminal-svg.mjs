const FONT_SIZE = 13;
const LINE = 18;
const CHARACTER = 7.85;
const MARGIN = 18;
const COLORS = {
  text: '#d7dae0',
  page: '#1c2128',
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  36: '#79c0ff',
};
const STYLE_END = { 22: ['strong', 'quiet'], 39: ['color'] };

/** A picture of a terminal: text with the colors, bold and dim that its escapes ask for. */
export function terminalSvg(shown, prompt) {
  const lines = [prompt, ...shown.trimEnd().split('\n')].map(parse);
  const columns = Math.max(...lines.map((runs) => runs.reduce((sum, { text }) => sum + text.length, 0)));
  const width = Math.ceil(columns * CHARACTER + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const rows = lines.map((runs, row) => rowOf(runs, MARGIN + (row + 0.75) * LINE));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="onboard watch in a terminal">
<rect width="100%" height="100%" rx="8" fill="${COLORS.page}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}" fill="${COLORS.text}">
${rows.filter((row) => row !== '').join('\n')}
</g>
</svg>
`;
}

/** What two spaces part stands at its own column, so that the picture stays aligned whichever font shows it. */
function rowOf(runs, y) {
  let column = 0;
  const parts = runs.flatMap(({ text, ...style }) => {
    const from = column;
    column += text.length;
    return [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: words, index }) =>
      textOf(words, { x: MARGIN + (from + index) * CHARACTER, y, style }),
    );
  });
  return parts.join('');
}

function textOf(text, { x, y, style: { color, strong, quiet } }) {
  const look = [
    color === undefined ? '' : ` fill="${COLORS[color]}"`,
    strong ? ' font-weight="bold"' : '',
    quiet ? ' opacity="0.6"' : '',
  ].join('');
  const length = `textLength="${(text.length * CHARACTER).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`;
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${length}${look}>${escaped(text)}</text>`;
}

function parse(line) {
  const runs = [];
  let style = {};
  for (const part of line.split(new RegExp(String.raw`(\u001b\[[0-9]+m)`))) {
    const [, code] = new RegExp(String.raw`^\u001b\[([0-9]+)m$`).exec(part) ?? [];
    if (code === undefined) {
      if (part !== '') runs.push({ text: part, ...style });
    } else if (code === '1') style = { ...style, strong: true };
    else if (code === '2') style = { ...style, quiet: true };
    else if (STYLE_END[code] !== undefined)
      style = Object.fromEntries(Object.entries(style).filter(([name]) => !STYLE_END[code].includes(name)));
    else if (COLORS[code] !== undefined) style = { ...style, color: code };
  }
  return runs;
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
