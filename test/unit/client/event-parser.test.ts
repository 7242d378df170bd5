import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createEventParser } from '../../../src/client/event-parser.ts';

const parse = (...texts: string[]) => {
  const parser = createEventParser();
  return texts.flatMap((text) => parser.push(text));
};

describe('the event stream format', () => {
  test.each([
    ['one line of data', 'data: a\n\n', [{ type: 'message', data: 'a', id: '' }]],
    ['several lines of data', 'data: a\ndata\ndata: b\n\n', [{ type: 'message', data: 'a\n\nb', id: '' }]],
    ['a name and an id', 'event: x\nid: 7\ndata:a\n\n', [{ type: 'x', data: 'a', id: '7' }]],
    ['one space is taken away, and only one', 'data:  a\n\n', [{ type: 'message', data: ' a', id: '' }]],
    ['a value with colons', 'data: a:b: c\n\n', [{ type: 'message', data: 'a:b: c', id: '' }]],
    ['empty data is data', 'data\n\n', [{ type: 'message', data: '', id: '' }]],
    ['comments are nothing', ': hello\n\n:\ndata: a\n: more\n\n', [{ type: 'message', data: 'a', id: '' }]],
    ['a name without data is no event', 'event: x\n\ndata: a\n\n', [{ type: 'message', data: 'a', id: '' }]],
    ['an unknown field is passed over', 'dat: x\ndata: a\n\n', [{ type: 'message', data: 'a', id: '' }]],
    [
      'carriage returns end lines',
      'data: a\r\rdata: b\r\r',
      [
        { type: 'message', data: 'a', id: '' },
        { type: 'message', data: 'b', id: '' },
      ],
    ],
    ['both together end one line', 'data: a\r\ndata: b\r\n\r\n', [{ type: 'message', data: 'a\nb', id: '' }]],
    ['what is not ended is no event', 'data: a\n\ndata: b\n', [{ type: 'message', data: 'a', id: '' }]],
  ])('%s', (_what, text, events) => {
    expect(parse(text)).toEqual(events);
  });

  test('an id stays until another comes, also one without an event; one with NUL is none', () => {
    expect(
      parse('id: 1\ndata: a\n\ndata: b\n\nid: 2\n\ndata: c\n\nid: 3\0\ndata: d\n\nid\ndata: e\n\n'),
    ).toEqual(
      [
        ['a', '1'],
        ['b', '1'],
        ['c', '2'],
        ['d', '2'],
        ['e', ''],
      ].map(([data, id]) => ({ type: 'message', data, id })),
    );
  });

  test('retry takes digits alone', () => {
    const parser = createEventParser();
    parser.push('retry: soon\n');
    expect(parser.retryMs).toBeUndefined();
    parser.push('retry: 250\n');
    parser.push('retry: -1\n');
    expect(parser.retryMs).toBe(250);
  });

  test('where a text is cut makes no difference', () => {
    const line = fc.constantFrom('data: a', 'data:b:c', 'event: x', 'id: 1', ': c', '', 'retry: 5', 'data');
    const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 12 });
    fc.assert(
      fc.property(lines, fc.array(fc.nat(60), { maxLength: 6 }), (parts, places) => {
        const text = parts.map(([content, end]) => content + end).join('');
        const cuts = [0, ...places.filter((place) => place < text.length).sort((a, b) => a - b), text.length];
        const pieces = cuts.slice(1).map((end, index) => text.slice(cuts[index], end));
        expect(parse(...pieces)).toEqual(parse(text));
      }),
    );
  });
});
