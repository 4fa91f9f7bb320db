import { describe, expect, it } from 'vitest';
import { checkAccountPassword, checkMeetingPassword } from './weak-passwords.js';

const user = { email: 'ada.byron+meet@example.org', name: 'Ada Lovelace' };

describe("an account's password", () => {
  it.each([
    ['common', '1234567890'],
    ['common', 'qwertyuiop'],
    ['common in capitals', 'QWERTYUIOP'],
    ['common in full width', '１２３４５６７８９０'],
    ['common with a year', 'password2026'],
    ['common with signs around it', '!!Password123!'],
    ['common with masked letters', 'P@$$w0rd2026'],
    ['common with signs between', 'i love you!'],
    ['common twice', 'passwordpassword'],
    ['counting', '0123456789'],
    ['counting backwards', '9876543210'],
    ['counting round', '7890123456'],
    ['the alphabet', 'abcdefghijkl'],
    ['one sign', 'aaaaaaaaaa'],
    ['two signs', 'aabbaabbab'],
    ['a short block', 'ab1!ab1!ab1!'],
    ['the address', 'Ada.Byron+meet@example.org'],
    ['the address without signs', 'adabyronmeetexampleorg'],
    ['a part of the address with digits', 'example1234'],
    ['the name', 'Ada Lovelace'],
    ['the name, joined the other way', 'lovelace-ada'],
    ['the name with a year', 'Lovelace1815!'],
    ['the product', 'waterbus2026'],
  ])('is refused: %s', (_what, password) => {
    expect(() => checkAccountPassword(password, user)).toThrow('password.weak');
  });

  it.each([
    'battery staple',
    'correct horse',
    'wellenreiter am abend',
    'открытое слово',
    'ada has a little lamb',
    'x7Kq9vLm2T',
    '83920174465',
    `${'a'.repeat(20)}x7Kq9vLm2T`,
  ])('may be %j', (password) => {
    expect(() => checkAccountPassword(password, user)).not.toThrow();
  });

  it.each([
    'é'.repeat(128),
    '1'.repeat(128),
    '@4310$57!'.repeat(14),
    '1!'.repeat(64),
    `${'!'.repeat(127)}a`,
    '',
    ' ',
    '\u{1f600}',
  ])('is judged without an error: %j', (password) => {
    try {
      checkAccountPassword(password, { email: '@', name: '' });
    } catch (error) {
      expect(error).toMatchObject({ code: 'password.weak' });
    }
  });
});

describe("a meeting's password", () => {
  it.each(['1234', '123456', 'password', '1111', '4321', 'abcd', 'x'])('is refused: %s', (password) => {
    expect(() => checkMeetingPassword(password)).toThrow('password.weak');
  });

  it.each(['4711', 'open sesame', 'blue heron', 'correct horse'])('may be %s', (password) => {
    expect(() => checkMeetingPassword(password)).not.toThrow();
  });
});
