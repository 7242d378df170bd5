import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService, TOKENS } from '../support/running-service.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const run = promisify(execFile);
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(join(PROJECT, 'docs/getting-started.md'), 'utf8');

let url: string;
beforeAll(async () => {
  const service = await startService({ stopWith: afterAll });
  url = await service.app.listen({ host: '127.0.0.1', port: 0 });
});

/** The commands under a heading, as somebody would type them one after the other. */
function commandsUnder(heading: string): string {
  const section = PAGE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, commands]) => commands).join('');
}

/** The clone as it is after a start, with the service on another port. */
async function clone(): Promise<string> {
  const folder = await temporaryFolder();
  for (const part of ['node_modules', 'src']) await symlink(join(PROJECT, part), join(folder, part));
  for (const file of ['package.json', 'tsconfig.json']) await cp(join(PROJECT, file), join(folder, file));
  await mkdir(join(folder, '.data'));
  await writeFile(join(folder, '.data/admin-token'), `${TOKENS.admin}\n`);
  return folder;
}

test.each([
  ['1. HTTP', 'c-3001'],
  ['2. The TypeScript client', 'c-3002'],
])('the commands under "%s" end with the ARN that the page names', async (heading, customer) => {
  const commands = commandsUnder(heading);
  expect(commands).toContain('localhost:3000');
  const { PATH, HOME } = process.env;
  const { stdout } = await run('sh', ['-euc', commands.replaceAll('localhost:3000', new URL(url).host)], {
    cwd: await clone(),
    env: { PATH, HOME },
  });
  const arn = `arn:aws:events:us-east-1::event-source/aws.partner/acme.example/customers/${customer}/orders`;
  expect(stdout).toContain(arn);
  expect(PAGE).toContain(`\`${arn}\``);
});
