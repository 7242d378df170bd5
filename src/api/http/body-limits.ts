import type { FastifyInstance, FastifyReply, FastifyRequest, RequestPayload } from 'fastify';
import { createPlaces, type Places } from '../../runtime/places.ts';
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
    problem('request_timeout', { detail: 'The body was sent too slowly and was cut off.', field: 'body' }),
  );
}

export interface BodyBudget {
  /** Bytes of large bodies that the process works on at a time. */
  readonly bytes: number;
  /** One token's share, so that its large bodies leave room for those of others. At least the largest body. */
  readonly bytesPerToken: number;
  /** How long one call may hold a share, whichever side is slow: then its connection is cut. */
  readonly heldAtMostMs: number;
}

const MB = 1_048_576;
/** The body has 30 s (registerBodyPace), the work is bounded by seconds, and the rest is for the answer. */
const BUDGET: BodyBudget = { bytes: 64 * MB, bytesPerToken: 32 * MB, heldAtMostMs: 90_000 };

/** Up to this size a body does not count: no signup is refused because others send batches. */
const SMALL_BYTES = 65_536;
const RETRY_AFTER_SECONDS = 2;

/**
 * Bounds the memory that bodies take, over all calls. A large body is counted from its headers to the end of its answer,
 * because it becomes text, values and an answer of about its own size each. Beyond the budget a call is refused before
 * its body is read; one without a content-length as soon as it gets there. Streamed bodies are never kept in memory.
 */
export function registerBodyBudget(app: FastifyInstance, budget: BodyBudget = BUDGET): void {
  const places = createPlaces({ inAll: budget.bytes, perHolder: budget.bytesPerToken });
  app.addHook('preParsing', async (request, reply, payload) => {
    const { config, bodyLimit } = request.routeOptions;
    const declared = Number(request.headers['content-length'] ?? 0);
    const isChunked = request.headers['transfer-encoding'] !== undefined;
    // One that is over the limit is refused by its headers alone.
    const isLarge = declared > SMALL_BYTES && declared <= bodyLimit;
    if (config.streamed === true || (!isLarge && !isChunked)) return;
    const share = openShare(places, request.tokenSha256);
    closeWithCall(share, { request, reply, withinMs: budget.heldAtMostMs });
    if (isLarge && !share.grow(declared)) return refuse(reply);
    if (isChunked) growWith(payload, share, () => refuseRest(reply));
  });
}

/** What one call has of the budget. */
interface Share {
  /** False: there is not so much left, and nothing has changed. */
  readonly grow: (bytes: number) => boolean;
  readonly close: () => void;
}

function openShare(places: Places, token: string): Share {
  let own = 0;
  return {
    grow(bytes) {
      if (places.take(token, bytes) !== 'taken') return false;
      own += bytes;
      return true;
    },
    close() {
      places.giveBack(token, own);
      own = 0;
    },
  };
}

/**
 * Closes a share when the answer is out or the connection has ended. Of an answer that waits behind another one on the
 * same connection Node says nothing when that ends, so the connection is listened to as well.
 */
function closeWithCall(
  share: Share,
  {
    request,
    reply,
    withinMs,
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly withinMs: number },
): void {
  const { socket } = request.raw;
  const close = (): void => {
    clearTimeout(timer);
    socket.off('close', close);
    reply.raw.off('close', close);
    share.close();
  };
  const timer = setTimeout(() => socket.destroy(), withinMs);
  timer.unref();
  socket.once('close', close);
  reply.raw.once('close', close);
}

/** Counts a body of unknown size as it comes. */
function growWith(payload: RequestPayload, share: Share, onRefused: () => void): void {
  let size = 0;
  const count = (chunk: Buffer): void => {
    const uncounted = size <= SMALL_BYTES ? size : 0;
    size += chunk.length;
    if (size <= SMALL_BYTES || share.grow(uncounted + chunk.length)) return;
    payload.off('data', count);
    onRefused();
  };
  payload.on('data', count);
  // A listener starts the flow, and the first bytes would be gone before the body is read.
  payload.pause();
}

const TOO_MUCH = problem('too_many_requests', {
  detail: `Too many large bodies are being processed. Send this one again in ${RETRY_AFTER_SECONDS} s.`,
  field: 'body',
});

const refuse = (reply: FastifyReply): FastifyReply =>
  sendProblem(reply.header('retry-after', RETRY_AFTER_SECONDS), TOO_MUCH);

/** In the middle of a body, of which nothing more is read then. */
function refuseRest(reply: FastifyReply): void {
  if (!reply.sent) refuse(reply.header('connection', 'close'));
}
