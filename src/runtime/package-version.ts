import { readFileSync } from 'node:fs';
import { packagePath } from './package-root.ts';

/** This package's version, as package.json has it. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string };
  return version;
}
