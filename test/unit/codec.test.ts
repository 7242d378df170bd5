import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as codec from '../../src/codec.ts';
import * as domain from '../../src/domain/codec.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the package offers the codec under /codec, compiled and with its types', () => {
  const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, unknown> };
  expect(exports['./codec']).toEqual({
    types: './dist/src/codec.d.ts',
    default: './dist/src/codec.js',
  });
});

test('the build writes src/codec.ts to where the package says', () => {
  const { compilerOptions, include } = JSON.parse(read('tsconfig.build.json')) as {
    compilerOptions: Record<string, unknown>;
    include: string[];
  };
  expect(compilerOptions).toMatchObject({ rootDir: '.', outDir: 'dist', declaration: true, noEmit: false });
  expect(include).toContain('src');
});

test('the entry point hands out the very functions that the service uses', () => {
  expect(codec).toEqual(domain);
  expect(Object.keys(codec).sort()).toEqual([
    'CREATE_ERROR_CODES',
    'CodecError',
    'errorFromJson',
    'errorToJson',
    'isProvisioningError',
    'responseFromJson',
    'responseToJson',
  ]);
});
