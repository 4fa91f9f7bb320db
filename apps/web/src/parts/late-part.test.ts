import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { latePart } from './late-part.js';

it('shows something of the same properties until its code is loaded', () => {
  const load = async () => ({ default: ({ title }: { title: string }) => createElement('b', null, title) });
  const waiting = ({ title }: { title: string }) => createElement('i', null, title);
  const shown = (Part: ReturnType<typeof latePart<{ title: string }>>) =>
    renderToStaticMarkup(createElement(Part, { title: 'Settings' }));
  expect(shown(latePart(load, waiting))).toBe('<i>Settings</i>');
  expect(shown(latePart(load))).toBe('');
});
