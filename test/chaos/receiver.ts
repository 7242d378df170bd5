/** The endpoint that is told how onboardings end: it keeps every event that is signed, and fails now and then. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Heard {
  readonly webhookId: string;
  readonly type: string;
  readonly number: number;
  readonly onboardingId: string;
  readonly status: string;
}

export interface Receiver {
  readonly url: string;
  readonly secret: string;
  /** Every call of an onboarding's event that was signed, answered with 2xx or not. */
  readonly heard: readonly Heard[];
  /** What no receiver should get. */
  readonly wrong: readonly string[];
  close(): Promise<void>;
}

const KEY = Buffer.from('the key of the chaos receiver 32');
/** One call in so many is answered 500, and one is cut without an answer, though both were heard. */
const FAILS = 6;
const CUTS = 11;
/**
 * No event fails more often: the service waits three times as long after each failure, so that the seventh, which about
 * one event in 20,000 would meet, is followed by a wait that outlasts a run.
 */
const FAILS_AN_EVENT = 3;

export async function openReceiver(): Promise<Receiver> {
  const heard: Heard[] = [];
  const wrong: string[] = [];
  let calls = 0;
  const failed = new Map<string, number>();
  /** How the next call, which brings this event, is answered. */
  const nextAnswer = (webhookId: string): Answer => {
    calls += 1;
    const before = failed.get(webhookId) ?? 0;
    const answer = calls % CUTS === 0 ? 'cut' : calls % FAILS === 0 ? 500 : 204;
    if (answer === 204 || before >= FAILS_AN_EVENT) return 204;
    failed.set(webhookId, before + 1);
    return answer;
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then(
      (body) => {
        const event = readEvent(request, body);
        if (typeof event === 'string') wrong.push(event);
        else if (event !== undefined) heard.push(event);
        answer(response, nextAnswer(String(request.headers['webhook-id'])));
      },
      // The sender was killed in the middle of the call.
      () => undefined,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    secret: `whsec_${KEY.toString('base64')}`,
    heard,
    wrong,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Answer = 204 | 500 | 'cut';

function answer(response: ServerResponse, how: Answer): void {
  if (how === 'cut') response.destroy();
  else response.writeHead(how).end();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

interface Body {
  readonly type: string;
  readonly number?: number;
  readonly data: { readonly id: string; readonly status: string };
}

/** Undefined for what concerns no onboarding; a complaint for what is not signed as it should be. */
function readEvent({ headers }: IncomingMessage, body: string): Heard | string | undefined {
  const webhookId = String(headers['webhook-id']);
  const signed = `${webhookId}.${String(headers['webhook-timestamp'])}.${body}`;
  const signature = `v1,${createHmac('sha256', KEY).update(signed).digest('base64')}`;
  if (headers['webhook-signature'] !== signature)
    return `The call ${webhookId} is not signed as it should be`;
  const { type, number, data } = JSON.parse(body) as Body;
  if (number === undefined) return undefined;
  return { webhookId, type, number, onboardingId: data.id, status: data.status };
}
