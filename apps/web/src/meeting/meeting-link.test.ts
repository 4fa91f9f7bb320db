import { describe, expect, it } from 'vitest';
import { codeIn, meetingLink, readMeetingReference } from './meeting-link.js';

const HOST = 'meet.example.org';

describe('readMeetingReference', () => {
  it.each([
    'abc-defg-hjk',
    ' abc-defg-hjk\n',
    'ABC-DEFG-HJK',
    'abcdefghjk',
    'abc defg hjk',
    'https://meet.example.org/m/abc-defg-hjk',
    'https://meet.example.org/m/abc-defg-hjk/',
    'https://meet.example.org/m/ABC-defg-hjk?utm=mail#top',
    'http://meet.example.org/m/abc-defg-hjk',
    'meet.example.org/m/abc-defg-hjk',
    'abc-defg-hjk.',
    'https://meet.example.org/m/abc-defg-hjk.',
    'https://meet.example.org/m/abc-defg-hjk/)',
  ])('reads %j', (text) => {
    expect(readMeetingReference(text, HOST)).toEqual({ kind: 'here', code: 'abc-defg-hjk' });
  });

  it('reads a link with a port and without its scheme', () => {
    const reference = readMeetingReference('localhost:8080/m/abc-defg-hjk', 'localhost:8080');
    expect(reference).toEqual({ kind: 'here', code: 'abc-defg-hjk' });
  });

  it('recognizes a link to another server', () => {
    expect(readMeetingReference('https://other.example.org:8443/m/abc-defg-hjk?x', HOST)).toEqual({
      kind: 'elsewhere',
      url: 'https://other.example.org:8443/m/abc-defg-hjk',
      host: 'other.example.org:8443',
    });
  });

  it.each([
    '',
    'abc',
    'abc-defg-hj',
    'abc-defg-hj1',
    'https://meet.example.org/',
    'https://meet.example.org/x/abc-defg-hjk',
    'https://meet.example.org/m/abc-defg-hjk/more',
    'ftp://meet.example.org/m/abc-defg-hjk',
    'javascript:alert(1)//m/abc-defg-hjk',
    'https://',
    '%%%/m/abc-defg-hjk',
  ])('refuses %j', (text) => {
    expect(readMeetingReference(text, HOST)).toEqual({ kind: 'unreadable' });
  });
});

it('meetingLink and readMeetingReference agree', () => {
  const link = meetingLink('https://meet.example.org', 'abc-defg-hjk');
  expect(readMeetingReference(link, HOST)).toEqual({ kind: 'here', code: 'abc-defg-hjk' });
});

it('codeIn accepts only the code itself', () => {
  expect(codeIn('xabc-defg-hjk')).toBeUndefined();
  expect(codeIn('abc-defg-hjk/')).toBeUndefined();
});
