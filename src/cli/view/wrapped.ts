import stringWidth from 'string-width';

/** Breaks a text at spaces to fit a terminal; undefined: one line, whatever its length. */
export function wrapped(text: string, columns: number | undefined, indent = ''): string {
  if (columns === undefined) return text;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && stringWidth(longer) > columns) {
      lines.push(line);
      line = indent + word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join('\n');
}
