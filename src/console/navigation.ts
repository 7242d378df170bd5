import type { IconName } from './views/icon.tsx';

/** An entry of the navigation. A page gets one when it exists: there are no dead links. */
export interface Place {
  readonly href: string;
  readonly title: string;
  readonly icon: IconName;
}

export const PLACES: readonly Place[] = [
  { href: '/', title: 'Overview', icon: 'gauge' },
  { href: '/onboardings', title: 'Onboardings', icon: 'list' },
  { href: '/failures', title: 'Failures', icon: 'alert' },
  { href: '/replays', title: 'Replays', icon: 'replay' },
  { href: '/deliveries', title: 'Deliveries', icon: 'send' },
  { href: '/audit', title: 'Audit', icon: 'book' },
  { href: '/regions', title: 'Regions', icon: 'globe' },
  { href: '/settings', title: 'Settings', icon: 'sliders' },
  { href: '/queues', title: 'Raw queues', icon: 'layers' },
];
