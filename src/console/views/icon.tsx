/** Drawn on a grid of 16, in the color of the text beside them. They only decorate: a word always stands there too. */
const PATHS = {
  gauge: 'M2.5 11.5a5.5 5.5 0 1 1 11 0M8 11.5l2.5-4',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01',
  alert: 'M8 2.5 14 13H2L8 2.5ZM8 6.5v3M8 11.2v.01',
  replay: 'M3 8a5 5 0 1 1 1.6 3.7M3 12.5V9.3h3.2',
  send: 'M13.5 2.5 7 9M13.5 2.5l-4 11L7 9 2.5 6.5l11-4Z',
  book: 'M3 3h7.5A2.5 2.5 0 0 1 13 5.5V13H5a2 2 0 0 1-2-2V3ZM3 11a2 2 0 0 1 2-2h8',
  globe: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM2 8h12M8 2c2 2 2 10 0 12M8 2c-2 2-2 10 0 12',
  sliders: 'M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M10 3.5v3M6 9.5v3',
  layers: 'M8 2.5 14 6 8 9.5 2 6l6-3.5ZM2.5 9.5 8 12.8l5.5-3.3',
  check: 'M3 8.5 6.5 12 13 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  clock: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 5v3.2l2 1.3',
  inbox: 'M2.5 9 4.5 3h7l2 6v4h-11V9ZM2.5 9h3l1 1.5h3l1-1.5h3',
  slash: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM4 12l8-8',
  copy: 'M5.5 5.5h7v7h-7v-7ZM3.5 10.5v-7h7',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.5 10.5 13.5 13.5',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1',
  moon: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5Z',
  leave: 'M6 3H3v10h3M7 8h6.5M11 5.5 13.5 8 11 10.5',
  help: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM6.3 6.4a1.7 1.7 0 1 1 2.5 1.5c-.6.3-.8.6-.8 1.2M8 11v.01',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3l8 5-8 5V3Z',
  drain: 'M8 2.5v7M4.8 6.5 8 9.7l3.2-3.2M3 13h10',
  chevron: 'M6 3.5 10.5 8 6 12.5',
  key: 'M10.5 2.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8.3 7.7 2.5 13.5h2.2V12h1.5v-1.5h1.5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
