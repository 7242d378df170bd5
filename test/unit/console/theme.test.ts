import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

it('is dark in the same colours, whether chosen or by the system', async () => {
  const sheet = await readFile('src/console/assets/console.css', 'utf8');
  const colours = (theme: string): string[] =>
    (new RegExp(`:root\\[data-theme='${theme}'\\] \\{([^}]*)\\}`).exec(sheet)?.[1] ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');

  expect(colours('dark')).toContain('color-scheme: dark;');
  expect(colours('system')).toEqual(colours('dark'));
});
