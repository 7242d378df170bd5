import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Finding } from '../domain/finding.ts';
import type { Environment } from '../runtime/config.ts';
import { packagePath } from '../runtime/package-root.ts';

const WITHIN_MS = 30_000;

/** What a service with this environment would stand on, looked at by a process of its own (docs/decisions/0015). */
export async function examineLocally(env: Environment): Promise<readonly Finding[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [packagePath('dist', 'workers', 'doctor.js')],
    {
      env,
      timeout: WITHIN_MS,
    },
  );
  return (JSON.parse(stdout) as { findings: readonly Finding[] }).findings;
}
