import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem, sendProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body may take as long as it makes progress. */
    streamed?: true;
  }
}

/** How long a body may take, and what a streamed one must bring in that time to go on. */
export interface BodyPace {
  readonly windowMs: number;
  readonly leastBytes: number;
}

const PACE: BodyPace = { windowMs: 30_000, leastBytes: 16_384 };

/**
 * Cuts senders that hold a connection by dribbling: a body is there within one window. A streamed upload may go
 * on window by window while it brings enough bytes, or while it is us who are behind. Node's own request timeout
 * can do neither: it would end every long import, and an upload that was refused is still being sent.
 */
export function registerBodyPace(app: FastifyInstance, pace: BodyPace = PACE): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { headers } = request;
    if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)
      watch(request, reply, pace);
    done();
  });
}

function watch(request: FastifyRequest, reply: FastifyReply, { windowMs, leastBytes }: BodyPace): void {
  const { raw } = request;
  const { socket } = raw;
  let read = socket.bytesRead;
  const window = setInterval(() => {
    const came = socket.bytesRead - read;
    read = socket.bytesRead;
    const weAreBehind = raw.readableLength > 0;
    const mayGoOn = request.routeOptions.config.streamed === true && !reply.sent;
    if (mayGoOn && (weAreBehind || came >= leastBytes)) return;
    clearInterval(window);
    if (!raw.complete) cut(request, reply);
  }, windowMs);
  window.unref();
  const over = (): void => clearInterval(window);
  raw.once('end', over).once('close', over);
}

function cut({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent) {
    raw.destroy();
    return;
  }
  // Node ends the connection after an answer with this header, whatever is still to come.
  reply.header('connection', 'close');
  sendProblem(
    reply,
    problem('request_timeout', { detail: 'The body came too slowly and was cut.', field: 'body' }),
  );
}
