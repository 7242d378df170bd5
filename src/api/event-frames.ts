import type { OnboardingEvent } from '../domain/event.ts';

/** What goes over a stream of server-sent events, as the HTML standard spells it: lines, and an empty one at the end. */

/** How long a browser waits before it connects again. */
const RETRY_MS = 2_000;

/** The first thing on every stream. */
export const GREETING = `: connected\nretry: ${RETRY_MS}\n\n`;

export const COMMENT = ': still here\n\n';

/** Moves the id that a client resumes from, and is no event. */
export const positionFrame = (position: number): string => `: position\nid: ${position}\n\n`;

export const resetFrame = (position: number): string =>
  `id: ${position}\nevent: reset\ndata: ${JSON.stringify({ position })}\n\n`;

const frames = new WeakMap<OnboardingEvent, Buffer>();

/** Made once for an event, however many streams it goes to. */
export function eventFrame(event: OnboardingEvent): Buffer {
  const made = frames.get(event);
  if (made !== undefined) return made;
  const { position, onboarding } = event;
  const frame = Buffer.from(`id: ${position}\nevent: onboarding\ndata: ${JSON.stringify(onboarding)}\n\n`);
  frames.set(event, frame);
  return frame;
}
