import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { Trans } from './trans.js';

it('puts elements where the translation has them', () => {
  const text = (message: string) =>
    renderToStaticMarkup(
      <Trans id="" message={message} values={{ name: 'Ada' }} components={{ 0: <b />, 1: <i />, 2: <br /> }} />,
    );
  expect(text('A <0>bold <1>word</1></0> of {name}<2/>, <1>more</1>.')).toBe(
    'A <b>bold <i>word</i></b> of Ada<br/>, <i>more</i>.',
  );
  expect(text('No elements')).toBe('No elements');
  expect(text('<7>lost</7>')).toBe('lost');
});
