/**
 * The least that takes a request in and records it: a Fastify route with one insert, as Fastify's and pg's own pages
 * write it. `bare-route.ts <port> <database url>`; runs until it is ended.
 */
import Fastify from 'fastify';
import { randomUUID } from 'node:crypto';
import pg from 'pg';

const [port, connectionString] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString });
await pool.query(
  'create table if not exists onboardings (id uuid primary key, account text, region text, source_name text unique, created_at timestamptz default now())',
);

const app = Fastify();
const body = {
  type: 'object',
  required: ['account', 'region', 'eventNamespace', 'eventName'],
  properties: {
    account: { type: 'string', pattern: '^[0-9]{12}$' },
    region: { type: 'string' },
    eventNamespace: { type: 'string' },
    eventName: { type: 'string' },
  },
} as const;

interface Body {
  readonly account: string;
  readonly region: string;
  readonly eventNamespace: string;
  readonly eventName: string;
}

app.get('/readyz', () => ({ status: 'ok' }));
app.post<{ Body: Body }>('/v1/onboardings', { schema: { body } }, async (request, reply) => {
  const { account, region, eventNamespace, eventName } = request.body;
  const id = randomUUID();
  await pool.query('insert into onboardings (id, account, region, source_name) values ($1, $2, $3, $4)', [
    id,
    account,
    region,
    `aws.partner/acme.example/${eventNamespace}/${eventName}`,
  ]);
  return reply.code(202).send({ id, status: 'accepted' });
});
await app.listen({ port: Number(port), host: '127.0.0.1' });
