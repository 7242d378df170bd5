import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectPath } from '../project.mjs';

/** Starts the built service with everything embedded in a folder, and what it tells in this process. */
export async function startService(dataDir, env) {
  const receiver = await startReceiver();
  const child = spawn(process.execPath, [projectPath('dist/workers/main.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...env,
      DATA_DIR: dataDir,
      PORT: '0',
      REGIONS: 'us-east-1,eu-west-1,eu-central-1,ap-southeast-2',
      ENVIRONMENT: 'staging',
      BACKOFF_BASE_MS: '50',
      BACKOFF_CAP_MS: '200',
      ATTEMPTS_MAX: '4',
      WEBHOOK_URL: `${receiver.url}/hooks`,
      WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 'screenshots').toString('base64')}`,
      WEBHOOK_BACKOFF_BASE_MS: '2000',
    },
  });
  const { url, loginUrl } = await ready(child.stdout);
  const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
  return {
    url,
    loginUrl,
    async call(method, path, body) {
      const reply = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
      return reply.json();
    },
    async stop() {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
      receiver.close();
    },
  };
}

/** An endpoint that takes most of what it is told. */
async function startReceiver() {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume();
    count += 1;
    if (count % 9 === 0) response.writeHead(500).end('upstream signup-db timed out');
    else response.writeHead(204).end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Reads the log for where the service listens and how to log in. */
async function ready(log) {
  let text = '';
  let loginUrl;
  for await (const chunk of log) {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop();
    for (const line of lines) {
      const entry = JSON.parse(line);
      loginUrl = entry.login_url ?? loginUrl;
      if (entry.msg === 'service.ready') {
        // Whatever comes later is not of interest, and must not fill the pipe.
        log.resume();
        return { url: entry.url, loginUrl };
      }
      if (entry.msg === 'service.failed') throw new Error(line);
    }
  }
  throw new Error('The service ended before it was ready.');
}
