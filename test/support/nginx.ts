/** A real nginx before a service, with two servers: one passes the path below which the service is, one removes it. */
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { findNginx } from '../../scripts/bootstrap/find-programs.mjs';
import { startTethered } from '../../src/queue/embedded/tethered-process.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

/** How the proxy treats the path: kept, or removed. */
export const PROXIES = ['keeps', 'removes'] as const;

/** Where a proxy listens: with TLS, as browsers come, and without. */
export interface ProxyAddress {
  readonly https: string;
  readonly http: string;
}

export interface Nginx {
  readonly of: Readonly<Record<(typeof PROXIES)[number], ProxyAddress>>;
  stop(): Promise<void>;
}

/** With the locations that docs/configuration.md shows. @param target where the service listens */
export async function startNginx(target: string): Promise<Nginx> {
  const program = findNginx(process.env);
  if (program === undefined) throw new Error('nginx is missing: `npm test` installs it.');
  const folder = await mkdtemp(join(tmpdir(), 'onboard-nginx-'));
  const certificate = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
  await writeFile(join(folder, 'key.pem'), certificate.private);
  await writeFile(join(folder, 'cert.pem'), certificate.cert);
  const ports = {
    keeps: { https: await freePort(), http: await freePort() },
    removes: { https: await freePort(), http: await freePort() },
  };
  const page = await readFile('docs/configuration.md', 'utf8');
  const [, locations = ''] = /```nginx\n(.*?)```/s.exec(page) ?? [];
  const server = (kind: keyof typeof ports): string => `server {
    listen 127.0.0.1:${ports[kind].https} ssl;
    listen 127.0.0.1:${ports[kind].http};
    ${locations.replace('http://127.0.0.1:3000', target + (kind === 'removes' ? '/' : ''))}
    location / { return 418; }
  }`;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${join(folder, 'pid')}; error_log stderr;
    events {}
    http {
      access_log off; absolute_redirect off; ${temporary.join(' ')}
      ssl_certificate ${join(folder, 'cert.pem')}; ssl_certificate_key ${join(folder, 'key.pem')};
      ${server('keeps')}
      ${server('removes')}
    }\n`,
  );
  const output = await open(join(folder, 'log'), 'w');
  const proxy = startTethered({
    program,
    args: ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')],
    endSignal: 'TERM',
    output: output.fd,
  });
  await output.close();
  const stop = async (): Promise<void> => {
    proxy.kill();
    await proxy.exited;
    await rm(folder, { recursive: true, force: true });
  };
  const addressOf = ({ https, http }: { https: number; http: number }): ProxyAddress => ({
    https: `https://127.0.0.1:${https}`,
    http: `http://127.0.0.1:${http}`,
  });
  const of = { keeps: addressOf(ports.keeps), removes: addressOf(ports.removes) };
  try {
    await eventually(() => answers(`${of.removes.http}/`));
  } catch (error) {
    const log = await readFile(join(folder, 'log'), 'utf8');
    await stop();
    throw new Error(log, { cause: error });
  }
  return { of, stop };
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ status }) => status === 418,
    () => false,
  );
