import type { Variable } from './variable.ts';

/** Renders what people read about the configuration from its one definition; `npm run docs` writes it down. */

type Variables = Readonly<Record<string, Variable<unknown>>>;

/** `.env.example`: every variable with its meaning, commented out, so that a copy changes nothing by itself. */
export function envExample(variables: Variables): string {
  const head =
    '# Copy to .env and set what you need. Generated from src/runtime/config-variables.ts by `npm run docs`.\n';
  const entries = Object.entries(variables).map(([name, variable]) => {
    const note = variable.default === undefined ? ` Default: ${plain(defaultOf(variable))}.` : '';
    return `\n# ${plain(variable.meaning)}.${note}\n#${name}=${variable.default ?? ''}\n`;
  });
  return head + entries.join('');
}

/** The table in docs/configuration.md. */
export function configTable(variables: Variables): string {
  const rows = Object.entries(variables).map(
    ([name, variable]) => `| \`${name}\` | ${cell(variable.meaning)} | ${cell(shownDefault(variable))} |`,
  );
  return ['| variable | meaning | default |', '|---|---|---|', ...rows].join('\n');
}

/** Puts a block between `<!-- name:start -->` and `<!-- name:end -->`. Throws when the page has no such place. */
export function putBetween(page: string, name: string, block: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The page has no place for ${name}.`);
  return `${page.slice(0, from + start.length)}\n${block}\n${page.slice(to)}`;
}

const defaultOf = (variable: Variable<unknown>): string => variable.default ?? variable.defaultNote ?? 'none';

const shownDefault = (variable: Variable<unknown>): string =>
  variable.default === undefined ? defaultOf(variable) : `\`${variable.default}\``;

const plain = (markdown: string): string => markdown.replaceAll('`', '');

const cell = (markdown: string): string => markdown.replaceAll('|', '\\|');
