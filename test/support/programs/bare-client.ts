/**
 * Runs the built client in a context of its own that has the language and the web's interfaces named below, and nothing
 * else: whatever more it reaches for is not defined there. Arguments: the address of a service. Prints one line of JSON.
 */
import { readFile } from 'node:fs/promises';
import { createContext, SourceTextModule, type Module } from 'node:vm';

const [url = ''] = process.argv.slice(2);
const ENTRY = new URL('../../../dist/src/client.js', import.meta.url);

const context = createContext({
  fetch,
  crypto,
  URL,
  AbortSignal,
  AbortController,
  setTimeout,
  clearTimeout,
  TextDecoder,
  ReadableStream,
});

const modules = new Map<string, Promise<SourceTextModule>>();

function load(from: URL): Promise<SourceTextModule> {
  const known = modules.get(from.href);
  if (known !== undefined) return known;
  const loading = readFile(from, 'utf8').then(
    (text) => new SourceTextModule(text, { context, identifier: from.href }),
  );
  modules.set(from.href, loading);
  return loading;
}

async function link(specifier: string, parent: Module): Promise<Module> {
  // A package or a module of Node's would be carried to every browser.
  if (!/^\.{1,2}\//.test(specifier)) throw new Error(`The client imports ${specifier}`);
  return load(new URL(specifier, parent.identifier));
}

const entry = await load(ENTRY);
await entry.link(link);
await entry.evaluate();

const program = new SourceTextModule(
  `
  import { OnboardingClient } from 'client';
  export async function main(url) {
    const request = { account: '000000000101', region: 'eu-west-1', eventNamespace: 'tenant-42', eventName: 'orders' };
    const client = new OnboardingClient({ url, token: 'operator-0123456789' });
    const { signal } = new AbortController();
    const id = 'onb_01kaqk3v6m8x2c5d7f9h1j3n5q';
    const csv = new ReadableStream({ start: (controller) => controller.close() });
    const answers = [
      await client.enqueue(request, { signal }),
      ...(await client.enqueueMany([request])),
      await client.tryEnqueue(request),
      await client.get(id, { waitSeconds: 1 }),
      await client.waitFor(id, { signal }),
      await client.attempts(id),
      await client.replay(id, { reason: 'r' }),
      await client.tryReplay(id, { reason: 'r' }),
      await client.importCsv(csv),
      await client.importRejects('imp_1'),
      await client.tryImportRejects('account\\n'),
      await client.pauseRegion('eu-west-1', { reason: 'r' }),
      await client.resumeRegion('eu-west-1', { reason: 'r' }),
      await client.drain('eu-west-1', { reason: 'r' }),
      await client.cancel(id, { reason: 'r' }),
      await client.failures(),
      await client.figures({ window: '24h' }),
      await client.previewReplay({ filter: { status: 'failed' }, reason: 'r' }),
      await client.createReplay({ filter: { status: 'failed' }, reason: 'r' }),
      await client.replayProgress('rpl_1'),
      await client.cancelReplay('rpl_1', { reason: 'r' }),
      await client.listReplays(),
      await client.audit(),
      await client.doctor(),
      await client.stats(),
      await client.ready(),
    ];
    for await (const answer of client.list({}, { signal })) answers.push(answer);
    for await (const event of client.events({ signal, silenceMs: 60_000 })) {
      answers.push({ ok: event.kind === 'onboarding' });
      if (event.id === '2') break;
    }
    return answers.map(({ ok, error }) => ok === true ? 'ok' : String(error?.cause ?? error?.detail));
  }
`,
  { context, identifier: 'program' },
);
await program.link(() => entry);
await program.evaluate();
const { main } = program.namespace as { main: (url: string) => Promise<string[]> };
process.stdout.write(`${JSON.stringify({ ends: await main(url), globals: Object.keys(context).sort() })}\n`);
