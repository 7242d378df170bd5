import { readFile, writeFile } from 'node:fs/promises';

const PAGE = new URL('../../docs/performance.md', import.meta.url);
const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';
const EMPTY = `# Performance\n\n## Measured\n\n${BEGIN}\n${END}\n`;

interface Results {
  readonly name: string;
  /** Markdown. */
  readonly text: string;
  readonly machine: string;
  readonly before: string;
  readonly after: string;
}

/** Puts the results of one benchmark in the place of its last ones, and leaves the rest of the page alone. */
export async function writeResults({ name, text, machine, before, after }: Results): Promise<void> {
  const page = await readFile(PAGE, 'utf8').catch(() => EMPTY);
  const [head, rest] = cut(page, BEGIN);
  const [own, tail] = cut(rest, END);
  const begin = `<!-- bench:${name}:begin -->`;
  const end = `<!-- bench:${name}:end -->`;
  const section = `${begin}\n\n${text.trim()}\n\nFrom ${before} to ${after}.\n${machine}.\n\n${end}`;
  const others = own.includes(begin)
    ? [cut(own, begin)[0], section, cut(own, end)[1]].join('')
    : `${own.trimEnd()}\n\n${section}\n\n`;
  await writeFile(PAGE, `${head}${BEGIN}${others}${END}${tail}`);
}

function cut(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  if (index === -1) throw new Error(`docs/performance.md lacks ${at}.`);
  return [text.slice(0, index), text.slice(index + at.length)];
}
