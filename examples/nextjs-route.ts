/**
 * A route handler of Next.js, or of anything else that speaks the web's Request and Response. In an application with
 * an app router this is app/api/onboardings/route.ts.
 * Try it without Next.js: npx tsx examples/serve.ts nextjs-route
 */
import { OnboardingClient, type Answer, type Onboarding } from 'eventbridge-partner-onboarding/client';

/** Not made when the file is loaded: `next build` loads it, too, where ONBOARD_TOKEN is not set. It holds no connection. */
const client = (): OnboardingClient =>
  new OnboardingClient({
    url: process.env['ONBOARD_URL'] ?? 'http://127.0.0.1:3000',
    token: process.env['ONBOARD_TOKEN'] ?? '',
  });

interface Form {
  readonly customerId: string;
  readonly awsAccount: string;
  readonly region: string;
}

/** POST /api/onboardings: hands the onboarding in. A visitor who leaves ends the repetitions. */
export async function POST(request: Request): Promise<Response> {
  const form = (await request.json().catch(() => null)) as Partial<Form> | null;
  const { customerId, awsAccount = '', region = '' } = form ?? {};
  // The service checks account and Region; this becomes a part of the name.
  if (!customerId) return Response.json({ code: 'customerId_missing' }, { status: 400 });
  const answer = await client().enqueue(
    {
      account: awsAccount,
      region,
      eventNamespace: `customers/${customerId}`,
      eventName: 'orders',
      customerId,
    },
    { signal: request.signal, withinMs: 5_000 },
  );
  return answered(answer, 202);
}

/** GET /api/onboardings?id=onb_…: how it stands, as soon as it has ended or after 20 seconds. */
export async function GET(request: Request): Promise<Response> {
  const id = new URL(request.url).searchParams.get('id') ?? '';
  return answered(await client().get(id, { waitSeconds: 20, signal: request.signal }), 200);
}

function answered(answer: Answer<Onboarding>, status: number): Response {
  if (answer.ok) {
    const { id, status: state, eventSourceArn } = answer.value;
    return Response.json({ id, status: state, eventSourceArn }, { status });
  }
  const { error } = answer;
  // What is wrong with the form goes back to it; the visitor cannot fix anything else.
  if (error.kind === 'problem' && [400, 404, 409].includes(error.status))
    return Response.json({ code: error.code, errors: error.errors ?? [] }, { status: error.status });
  return Response.json({ code: 'try_again' }, { status: 503, headers: { 'retry-after': '5' } });
}
