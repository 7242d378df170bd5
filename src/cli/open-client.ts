import { readFile } from 'node:fs/promises';
import { OnboardingClient } from '../client/onboarding-client.ts';
import { urlFault } from '../client/options.ts';
import type { Environment } from '../runtime/config.ts';
import { keptTokenFile } from '../runtime/kept-secret.ts';
import { CommandFailed, Misuse, type Opened } from './failures.ts';

const DEFAULT_URL = 'http://127.0.0.1:3000';
const DEFAULT_DATA_DIR = '.data';

export interface OpenedService extends Opened {
  readonly client: OnboardingClient;
}

/**
 * Opens the service that the environment names: ONBOARD_URL and ONBOARD_TOKEN, else the one embedded here with
 * the token that it keeps under DATA_DIR.
 */
export async function openClient(env: Environment): Promise<OpenedService> {
  const url = serviceUrl(env);
  const own = given(env['ONBOARD_TOKEN']);
  const { token, tokenFrom } =
    own === undefined ? await readKeptToken(url, env) : { token: own, tokenFrom: 'ONBOARD_TOKEN' };
  try {
    return { client: new OnboardingClient({ url, token }), url, tokenFrom };
  } catch (error) {
    // Its message does not repeat the token.
    if (error instanceof TypeError) throw new Misuse(`${tokenFrom}: ${error.message}`);
    throw error;
  }
}

/** Where the service listens. */
export function serviceUrl(env: Environment): string {
  const url = given(env['ONBOARD_URL']) ?? DEFAULT_URL;
  const fault = urlFault(url);
  if (fault !== undefined) throw new Misuse(`ONBOARD_URL ${fault}`);
  return url;
}

async function readKeptToken(url: string, env: Environment): Promise<{ token: string; tokenFrom: string }> {
  // The embedded service's admin token opens everything there: it must not travel to any other host.
  if (!isThisMachine(new URL(url).hostname))
    throw new CommandFailed(`Set ONBOARD_TOKEN to a token of ${url}.`);
  const file = keptTokenFile(given(env['DATA_DIR']) ?? DEFAULT_DATA_DIR);
  try {
    return { token: (await readFile(file, 'utf8')).trim(), tokenFrom: file };
  } catch (error) {
    throw new CommandFailed(
      `No token: cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? 'error'}). ` +
        'Set ONBOARD_TOKEN, or DATA_DIR to the folder of an embedded service (the demo has .data/demo), or start one with "npm start".',
    );
  }
}

const isThisMachine = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127(\.[0-9]+){3}$/.test(host);

const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
