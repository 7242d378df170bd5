import type { Page, Terminal } from '../terminal.ts';

export interface LiveScreen {
  /** Draws these lines over the previous ones; nothing is written when nothing changed. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back as it was; may be called more than once. */
  close(): void;
}

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';
/** A terminal that knows it shows what stands between at once; others ignore it. */
const FRAME = { begin: '\u001b[?2026h', end: '\u001b[?2026l' };

const CTRL_C = '\u0003';

/**
 * Takes the terminal's second screen, so that what stood there is back afterwards. A frame is written in one go over the
 * one before, each line cleared to its end: nothing is blanked first, so nothing flickers.
 * @param onQuit q or Ctrl-C was pressed
 */
export function openLiveScreen(
  { out, page }: { out: Terminal['out']; page: Page },
  onQuit: () => void,
): LiveScreen {
  const { keys } = page;
  let before = '';
  let closed = false;
  const pressed = (data: Buffer): void => {
    const text = data.toString();
    if (text.includes('q') || text.includes(CTRL_C)) onQuit();
  };
  out(ENTER);
  keys?.setRawMode(true);
  keys?.on('data', pressed);
  return {
    draw(lines) {
      const frame = lines.map((line) => line + REST_OF_LINE).join('\r\n');
      if (closed || frame === before) return;
      before = frame;
      out(FRAME.begin + HOME + frame + REST_OF_SCREEN + FRAME.end);
    },
    close() {
      if (closed) return;
      closed = true;
      keys?.off('data', pressed);
      keys?.setRawMode(false);
      // Else the open stdin keeps the process alive.
      keys?.pause();
      out(LEAVE);
    },
  };
}
