import { expect, it, vi } from 'vitest';
import { linkedText } from './linked-text.js';

const links = (text: string) => linkedText(text).flatMap(({ href }) => href ?? []);

it.each([
  ['see https://example.org/a?b=c#d now', ['https://example.org/a?b=c#d']],
  ['HTTP://EXAMPLE.org/', ['http://example.org/']],
  ['(https://example.org/x).', ['https://example.org/x']],
  ['https://en.wikipedia.org/wiki/Bus_(computing)!', ['https://en.wikipedia.org/wiki/Bus_(computing)']],
  ['https://a.example, https://b.example', ['https://a.example/', 'https://b.example/']],
  ['javascript:alert(1)', []],
  ['data:text/html,<script>alert(1)</script>', []],
  ['javascript:https://example.org/%0aalert(1)', ['https://example.org/%0aalert(1)']],
  ['ftp://example.org mailto:a@b.c www.example.org', []],
  ['https://', []],
  ['http://%', []],
  ['https://...', []],
])('finds the links in %s', (text, found) => {
  expect(links(text)).toEqual(found);
});

it.each(['', 'plain', 'a https://example.org/\n\n b', '<img src=x onerror=alert(1)> https://x.example/"><b>'])(
  'loses nothing of %j',
  (text) => {
    expect(
      linkedText(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  },
);

it('examines an address once, however many brackets end it', () => {
  const canParse = vi.spyOn(URL, 'canParse');
  const text = `https://example.org/${')'.repeat(3_900)}`;
  expect(links(text)).toEqual(['https://example.org/']);
  expect(canParse).toHaveBeenCalledTimes(1);
  canParse.mockRestore();
});
