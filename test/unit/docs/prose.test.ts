import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);

/** Words and phrases that made these pages hard to read, each with what to write. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bborne\b/i, 'tolerated'],
  [/\bmend(s|ed|ing)?\b/i, 'fix'],
  [/\blet go of\b/i, 'release'],
  [/\btaken? in\b(?! (its|one|a|the)\b)/i, 'accept'],
  [/\b(some|no|any|every)body\b/i, 'name who it is, or use the passive'],
  [/\bwhoever\b/i, 'anyone who'],
  [/\bwith whom\b/i, 'name who it is'],
  [/\blikewise\b/i, 'also, or the same'],
  [/\bfor good\b/i, 'permanently'],
  [/\bgoes on\b/i, 'continues'],
  [/\bwell again\b/i, 'working again'],
  [/\bin place of\b/i, 'instead of'],
  [/\banew\b/i, 'again'],
  [/\bbesides?,? AWS\b/i, 'in addition to AWS'],
  [/\bbehaviour\b/i, 'behavior'],
  [/\bcolour(s|ed)?\b/i, 'color'],
];

const PAGES = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'examples/README.md'],
  ...readdirSync(new URL('docs', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** What a person wrote: no code, no links' addresses, no names of tests, nothing between the markers of generated parts. */
function prose(text: string): string[] {
  const written = text
    .replace(/<!-- (\w+):(?:start|begin) -->.*?<!-- \1:end -->/gs, '')
    .replace(/^\s*```.*?^\s*```$/gms, '')
    .replace(/`[^`\n]*`/g, '')
    .replace(/\]\([^)]*\)/g, ']')
    .replace(/"[^"\n]*"/g, '');
  return written.split('\n');
}

const complaints = (text: string): string[] =>
  prose(text).flatMap((line) =>
    WORDS.flatMap(([word, better]) => {
      const [found] = word.exec(line) ?? [];
      return found === undefined ? [] : [`“${found}”: write “${better}” in: ${line.slice(0, 100)}`];
    }),
  );

// docs/cli.md and docs/terminal.md show what the program prints.
it.each(PAGES.filter((page) => !['docs/cli.md', 'docs/terminal.md'].includes(page)))(
  '%s is written in plain words',
  (page) => {
    expect(complaints(readFileSync(new URL(page, ROOT), 'utf8'))).toEqual([]);
  },
);

const SOURCES = ['src', 'workers', 'bin', 'scripts', 'bench', 'examples', 'deploy']
  .flatMap((folder) =>
    readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' }).map(
      (name) => `${folder}/${name}`,
    ),
  )
  .filter((name) => /\.(ts|tsx|mjs|js|css|py|yml)$/.test(name));

it('comments and messages in the code are written in plain words', () => {
  expect(SOURCES.length).toBeGreaterThan(300);
  expect(
    SOURCES.flatMap((name) =>
      complaints(readFileSync(new URL(name, ROOT), 'utf8')).map((found) => `${name}: ${found}`),
    ),
  ).toEqual([]);
});

it('finds a word that must not come back, and leaves code, links and titles of tests alone', () => {
  expect(complaints('Whoever mends it: [a link](mend.md), `mend`, "a test that mends".')).toHaveLength(2);
  expect(complaints('```text\nmended\n```\n<!-- bench:begin -->\nanew\n<!-- bench:end -->')).toEqual([]);
});
