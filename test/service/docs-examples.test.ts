import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { ProblemSchema } from '../../src/api/schemas/problem.ts';
import { fencesOf, shellCalls, type ShellCall } from '../support/docs-examples.ts';
import { operationsOf, type Operation } from '../support/http-fuzz/document.ts';
import { startService } from '../support/running-service.ts';

const ROOT = new URL('../../', import.meta.url);
const PAGES = [
  'README.md',
  ...readdirSync(new URL('docs', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const fences = PAGES.flatMap((page) => fencesOf(page, readFileSync(new URL(page, ROOT), 'utf8')));
const jsons = fences.filter(({ language }) => language === 'json');
const calls = fences
  .filter(({ language }) => language === 'sh')
  .flatMap(({ at, info, text }) => shellCalls(text).map((call) => ({ at, info, ...call })))
  .filter(({ host }) => host === 'localhost:3000');

let operations: readonly Operation[];
beforeAll(async () => {
  const service = await startService({ workers: [], stopWith: afterAll });
  operations = operationsOf((await service.call({ url: '/openapi.json', token: null })).body);
});

const operation = (method: string, path: string): Operation | undefined =>
  operations.find((one) => one.method === method && one.path === path);

/** The documented call that an address leads to, whatever stands where its parameters are. */
function called({ method, path }: ShellCall): Operation | undefined {
  const parts = path.split('/');
  return operations.find((one) => {
    const wanted = one.path.split('/');
    return (
      one.method === method &&
      wanted.length === parts.length &&
      wanted.every((part, index) => part === parts[index] || /^\{\w+\}$/.test(part))
    );
  });
}

function complaintAbout(schema: unknown, text: string): string | undefined {
  const result = z.fromJSONSchema(schema as never).safeParse(JSON.parse(text));
  return result.success ? undefined : z.prettifyError(result.error);
}

it('every JSON in the pages says what it is', () => {
  expect(jsons.length).toBeGreaterThan(25);
  const unsaid = jsons.filter(({ info, before }) => info === '' && before !== '<!-- iam:start -->');
  expect(unsaid.map(({ at }) => at)).toEqual([]);
});

it.each(jsons.filter(({ info }) => /^[A-Z]+ /.test(info)).map((fence) => [fence.at, fence.info, fence]))(
  '%s is what the document says: %s',
  (_at, info, { text }) => {
    const [method = '', path = '', what = ''] = info.split(' ');
    const described = operation(method, path);
    expect(described, 'a documented call').toBeDefined();
    if (what === 'request') {
      expect(complaintAbout(described?.body?.['application/json']?.schema, text)).toBeUndefined();
      return;
    }
    const type =
      Number(what) >= 400
        ? 'application/problem+json'
        : path.endsWith('/errors')
          ? 'application/x-ndjson'
          : 'application/json';
    expect(described?.answers[what]?.(type, text) ?? undefined, `an answer ${what}`).toBeUndefined();
    expect(Object.keys(described?.answers ?? {})).toContain(what);
    for (const line of type === 'application/x-ndjson' ? text.trim().split('\n') : [text]) JSON.parse(line);
  },
);

it.each(jsons.filter(({ info }) => info === 'problem').map((fence) => [fence.at, fence] as const))(
  '%s is a problem document',
  (_at, { text }) => {
    expect(ProblemSchema.safeParse(JSON.parse(text)).error).toBeUndefined();
  },
);

it('there are calls to look at', () => {
  expect(calls.length).toBeGreaterThan(8);
});

it.each(calls.map((call) => [call.at, `${call.method} ${call.path}`, call] as const))(
  '%s calls what is there: %s',
  (_at, _what, call) => {
    const described = called(call);
    expect(described, 'a documented call').toBeDefined();
    for (const name of call.query) expect(Object.keys(described?.query ?? {})).toContain(name);
    const type = call.headers['content-type'] ?? 'none';
    if (call.body === undefined) expect(call.method).toBe('GET');
    else expect(Object.keys(described?.body ?? {})).toContain(type);
    if (call.body === undefined || type !== 'application/json') return;
    const complaint = complaintAbout(described?.body?.[type]?.schema, call.body);
    // An example of what is refused must be.
    if (call.info === 'refused') expect(complaint).toBeDefined();
    else expect(complaint).toBeUndefined();
  },
);
