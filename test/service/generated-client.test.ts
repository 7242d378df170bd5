import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import openapiTS, { astToString } from 'openapi-typescript';
import { expect, test } from 'vitest';
import { startService, TOKENS } from '../support/running-service.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const run = promisify(execFile);
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** What somebody writes against the generated types, with nothing of this project's own. */
const PROGRAM = `
import type { components, paths } from './schema.ts';

type Create = paths['/v1/onboardings']['post'];
type Onboarding = components['schemas']['Onboarding'];
type Request = Create['requestBody']['content']['application/json'];
type Answer = Create['responses'][202]['content']['application/json'];

const [url, token] = process.argv.slice(2);
const headers = { authorization: \`Bearer \${token}\`, 'content-type': 'application/json' };
const request: Request = {
  account: '000000000101', region: 'us-east-1', eventNamespace: 'tenant-42', eventName: 'orders', lane: 'live',
};
const taken = await fetch(\`\${url}/v1/onboardings\`, { method: 'POST', headers, body: JSON.stringify(request) });
const { id } = (await taken.json()) as Answer;
const shown = await fetch(\`\${url}/v1/onboardings/\${id}?wait=30\`, { headers });
const onboarding = (await shown.json()) as Onboarding;
const status: 'accepted' | 'queued' | 'retrying' | 'provisioned' | 'failed' | 'cancelled' = onboarding.status;
const arn: string | null = onboarding.eventSourceArn;
// @ts-expect-error: an account is text.
request.account = 101;
console.log(JSON.stringify({ created: taken.status, status, arn }));
`;

const COMPILER_OPTIONS = {
  module: 'nodenext',
  target: 'es2022',
  strict: true,
  noEmit: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  typeRoots: [join(PROJECT, 'node_modules/@types')],
  types: ['node'],
};

test('a client that is generated from the document compiles, and onboards somebody', async () => {
  const service = await startService();
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 });
  const folder = await temporaryFolder();
  const schema = astToString(await openapiTS(new URL('/openapi.json', url)));
  await writeFile(join(folder, 'schema.ts'), schema);
  await writeFile(join(folder, 'program.ts'), PROGRAM);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ['program.ts'] }),
  );
  const compiler = join(PROJECT, 'node_modules/typescript/bin/tsc');
  const compiled = await run(process.execPath, [compiler, '-p', folder]).catch((error: unknown) => error);
  expect(compiled).toMatchObject({ stdout: '' });
  const tsx = join(PROJECT, 'node_modules/.bin/tsx');
  const { stdout } = await run(tsx, [join(folder, 'program.ts'), url, TOKENS.signup]);
  expect(JSON.parse(stdout)).toEqual({
    created: 202,
    status: 'provisioned',
    arn: 'arn:aws:events:us-east-1::event-source/aws.partner/acme.example/tenant-42/orders',
  });
});
