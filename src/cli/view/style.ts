import { styleText } from 'node:util';

/** What a color says. */
export type Style = 'good' | 'bad' | 'doubtful' | 'busy' | 'quiet' | 'strong';

const LOOKS: Readonly<Record<Style, Parameters<typeof styleText>[0]>> = {
  good: 'green',
  bad: 'red',
  doubtful: 'yellow',
  busy: 'cyan',
  quiet: 'dim',
  strong: 'bold',
};

export type Paint = (style: Style, text: string) => string;

/** Paints on a terminal with colors, and nowhere else. */
export function painter(page: { readonly color: boolean } | undefined): Paint {
  if (page?.color !== true) return (_style, text) => text;
  return (style, text) => styleText(LOOKS[style], text, { validateStream: false });
}
