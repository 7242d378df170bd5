import { expect, test } from 'vitest';
import { html } from '../../../../src/api/docs/html.ts';

test('texts are escaped wherever they stand, markup is not', () => {
  const hostile = `<img src=x onerror="alert('1')">&`;
  const escaped = '&#60;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&#62;&#38;';
  expect(html`<a title="${hostile}">${hostile}</a>`.markup).toBe(`<a title="${escaped}">${escaped}</a>`);
  expect(html`<p>${html`<b>${hostile}</b>`}</p>`.markup).toBe(`<p><b>${escaped}</b></p>`);
});

test('lists stand one after the other, and nothing is nothing', () => {
  expect(html`${['a', html`<i>b</i>`, 3]}${undefined}`.markup).toBe('a<i>b</i>3');
});
