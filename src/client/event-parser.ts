/** One event of a server-sent stream, as the HTML standard parses it. */
export interface ServerSentEvent {
  /** `message` when the stream names none. */
  readonly type: string;
  readonly data: string;
  /** The last id that was named, by this event or an earlier one; '' for none. */
  readonly id: string;
}

export interface EventParser {
  /** The events that the text completes. A text may end anywhere, in the midst of a line too. */
  push(text: string): readonly ServerSentEvent[];
  /** The id from which to resume once these events have been dealt with; a stream may move it without an event. */
  readonly lastEventId: string;
  /** Milliseconds that the stream wants readers to wait before they come back. */
  readonly retryMs: number | undefined;
}

/**
 * Parses `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html). Takes decoded text without
 * a byte order mark, which TextDecoder removes. What the stream's end leaves incomplete is no event.
 */
export function createEventParser(): EventParser {
  let rest = '';
  let endedInCr = false;
  let id = '';
  let lastEventId = '';
  let retryMs: number | undefined;
  let type = '';
  let data: string[] = [];

  function takeField(name: string, value: string): void {
    if (name === 'event') type = value;
    else if (name === 'data') data.push(value);
    else if (name === 'id') id = value.includes('\0') ? id : value;
    else if (name === 'retry' && /^[0-9]+$/.test(value)) retryMs = Number(value);
  }

  function endEvent(): readonly ServerSentEvent[] {
    const events =
      data.length === 0 ? [] : [{ type: type === '' ? 'message' : type, data: data.join('\n'), id }];
    type = '';
    data = [];
    lastEventId = id;
    return events;
  }

  function takeLine(line: string): readonly ServerSentEvent[] {
    if (line === '') return endEvent();
    const colon = line.indexOf(':');
    // A line that begins with a colon is a comment.
    if (colon < 0) takeField(line, '');
    else if (colon > 0) takeField(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''));
    return [];
  }

  return {
    get lastEventId() {
      return lastEventId;
    },
    get retryMs() {
      return retryMs;
    },
    push(text) {
      if (text === '') return [];
      // The second half of a line end that was cut in two.
      const fresh = endedInCr && text.startsWith('\n') ? text.slice(1) : text;
      endedInCr = text.endsWith('\r');
      const lines = (rest + fresh).split(/\r\n|\r|\n/);
      rest = lines.pop() ?? '';
      return lines.flatMap(takeLine);
    },
  };
}
