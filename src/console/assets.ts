import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { OPEN } from './security.ts';

/** What pages load, with its type; each lies in `assets`. */
const FILES = {
  'console.css': 'text/css; charset=utf-8',
  'console.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

type AssetName = keyof typeof FILES;

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
  const plain = await readFile(new URL(`./assets/${name}`, import.meta.url));
  const hash = createHash('sha256').update(plain).digest('base64url').slice(0, 12);
  const [stem, ending] = name.split('.');
  const [br, zipped] = await Promise.all([promisify(brotliCompress)(plain), promisify(gzip)(plain)]);
  return {
    name,
    url: `/assets/${stem}-${hash}.${ending}`,
    asset: { type: FILES[name], plain, br, gzip: zipped },
  };
}

function codingFor(request: FastifyRequest): 'br' | 'gzip' | 'plain' {
  const accepted = request.headers['accept-encoding'] ?? '';
  if (/\bbr\b/.test(accepted)) return 'br';
  return /\bgzip\b/.test(accepted) ? 'gzip' : 'plain';
}
