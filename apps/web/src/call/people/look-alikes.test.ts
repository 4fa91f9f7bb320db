import { describe, expect, it } from 'vitest';
import { distinctNames, type Named } from './look-alikes.js';

const guests = (...names: string[]): Named[] =>
  names.map((name, index) => ({ id: String(index), name, role: 'guest' }));
const shown = (people: Named[]) => people.map(({ id }) => distinctNames(people).get(id));

describe('distinctNames', () => {
  it('keeps different names unchanged', () => {
    const names = ['Ada', 'Ben', 'Ада Иванова', 'Борис', '张伟', '王芳', 'عدا', 'Zoë K', 'Zoë L', '🐱', '🐶'];
    expect(shown(guests(...names))).toEqual(names);
  });

  it.each([
    ['the same name', 'Ada'],
    ['another case', 'ADA'],
    ['a Cyrillic letter', 'Аda'],
    ['a Greek letter', 'Αda'],
    ['full width', 'Ａｄａ'],
    ['an accent', 'Ãda'],
    ['a zero width joiner', 'A\u200dda'],
    ['a full stop', 'Ada.'],
    ['a name of an earlier version', 'Ada\u200b'],
  ])('numbers %s', (_what, name) => {
    expect(shown(guests('Ada', name))).toEqual(['Ada', `${name} (2)`]);
  });

  it.each([
    ['Ian', 'lan'],
    ['Bill', 'BiII'],
    ['Marnie', 'Mamie'],
    ['Bob', 'B0b'],
    ['\u200b', '\u200b'],
  ])('numbers the lookalike of %j: %j', (first, second) => {
    expect(shown(guests(first, second))[1]).toBe(`${second} (2)`);
  });

  it('skips numbers that are part of another name', () => {
    expect(shown(guests('Ada', 'Ada (2)', 'Ada', 'Ada'))).toEqual(['Ada', 'Ada (2)', 'Ada (3)', 'Ada (4)']);
  });

  it('keeps the name of the participant with an account, which came later', () => {
    const [guest, host] = guests('Ada', 'Ada') as [Named, Named];
    expect(shown([guest, { ...host, role: 'host' }])).toEqual(['Ada (2)', 'Ada']);
  });
});
