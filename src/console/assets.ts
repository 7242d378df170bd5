import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OPEN } from './security.ts';

const CSS = 'text/css; charset=utf-8';
const JS = 'text/javascript; charset=utf-8';

/** What pages load, with where it lies: beside this file, or in a package. */
const FILES = {
  'console.css': { type: CSS, from: './assets/console.css' },
  'pages.css': { type: CSS, from: './assets/pages.css' },
  'console.js': { type: JS, from: './assets/console.js' },
  'select-rows.js': { type: JS, from: './assets/select-rows.js' },
  'icon.svg': { type: 'image/svg+xml', from: './assets/icon.svg' },
  'chart.js': { type: JS, from: './assets/chart.js' },
  'uplot.js': { type: JS, from: 'uplot/dist/uPlot.iife.min.js' },
  'uplot.css': { type: CSS, from: 'uplot/dist/uPlot.min.css' },
} as const;

export type AssetName = keyof typeof FILES;

/** The address of each, which changes with its content. */
export type AssetUrls = Readonly<Record<AssetName, string>>;

interface Asset {
  readonly type: string;
  readonly plain: Buffer;
  readonly br: Buffer;
  readonly gzip: Buffer;
}

const FOR_EVER = 'public, max-age=31536000, immutable';

/** Reads and compresses all of them once; a request costs a look into a map. */
export async function loadAssets(): Promise<{
  readonly urls: AssetUrls;
  register(app: FastifyInstance): void;
}> {
  const loaded = await Promise.all((Object.keys(FILES) as AssetName[]).map(load));
  const byPath = new Map(loaded.map(({ url, asset }) => [url, asset]));
  return {
    urls: Object.fromEntries(loaded.map(({ name, url }) => [name, url])) as AssetUrls,
    register(app) {
      app.get('/assets/:file', OPEN, (request, reply) => {
        const asset = byPath.get(request.url.split('?')[0] ?? '');
        if (asset === undefined) return reply.code(404).send();
        const coding = codingFor(request);
        reply.headers({ 'content-type': asset.type, 'cache-control': FOR_EVER, vary: 'accept-encoding' });
        if (coding !== 'plain') reply.header('content-encoding', coding);
        return reply.send(asset[coding]);
      });
    },
  };
}

async function load(name: AssetName): Promise<{ name: AssetName; url: string; asset: Asset }> {
  const { type, from } = FILES[name];
  const path = from.startsWith('.')
    ? new URL(from, import.meta.url)
    : createRequire(import.meta.url).resolve(from);
  const plain = await readFile(path);
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 12);
  const [stem, ending] = name.split('.');
  const [br, zipped] = await Promise.all([promisify(brotliCompress)(plain), promisify(gzip)(plain)]);
  return { name, url: `/assets/${stem}-${hash}.${ending}`, asset: { type, plain, br, gzip: zipped } };
}

function codingFor(request: FastifyRequest): 'br' | 'gzip' | 'plain' {
  const accepted = request.headers['accept-encoding'] ?? '';
  if (/\bbr\b/.test(accepted)) return 'br';
  return /\bgzip\b/.test(accepted) ? 'gzip' : 'plain';
}
