import { describe, expect, it } from 'vitest';
import { meetingPath, routeOf } from './route.js';

describe('routeOf', () => {
  it.each([
    ['/', { page: 'home' }],
    ['/m/abc-defg-hjk', { page: 'meeting', code: 'abc-defg-hjk' }],
    ['/m/abc-defg-hjk/', { page: 'meeting', code: 'abc-defg-hjk' }],
    ['/m/ABC-DEFG-HJK', { page: 'meeting', code: 'abc-defg-hjk' }],
    ['/m/abc-defg-hjk.', { page: 'meeting', code: 'abc-defg-hjk' }],
    ['/m/abc-defg-hjk).', { page: 'meeting', code: 'abc-defg-hjk' }],
    ['/m/abc-defg-hjk%E2%80%9D', { page: 'meeting', code: 'abc-defg-hjk' }],
    ['/m/abc-defg-hjk%E3%80%82', { page: 'meeting', code: 'abc-defg-hjk' }],
    ['/m/abc-defg-hjk%', { page: 'unknown' }],
    ['/m/.', { page: 'unknown' }],
    ['/m/', { page: 'unknown' }],
    ['/m/abc', { page: 'unknown' }],
    ['/m/abc-defg-hjk/more', { page: 'unknown' }],
    ['/m/abc-defg-hjk/people', { page: 'place', code: 'abc-defg-hjk', section: 'people' }],
    ['/m/abc-defg-hjk/polls', { page: 'place', code: 'abc-defg-hjk', section: 'polls' }],
    ['/m/ABC-DEFG-HJK/files', { page: 'place', code: 'abc-defg-hjk', section: 'files' }],
    ['/m/ABC-DEFG-HJK/history/', { page: 'place', code: 'abc-defg-hjk', section: 'history' }],
    ['/m/abc/people', { page: 'unknown' }],
    ['/m/abc-defg-hjk/people/more', { page: 'unknown' }],
    ['/embed/abc-defg-hjk', { page: 'embed', code: 'abc-defg-hjk' }],
    ['/embed/abc-defg-hjk/', { page: 'embed', code: 'abc-defg-hjk' }],
    ['/embed/abc', { page: 'unknown' }],
    ['/embed/abc-defg-hjk/more', { page: 'unknown' }],
    ['/sign-in', { page: 'sign-in' }],
    ['/create-account', { page: 'create-account' }],
    ['/signed-in', { page: 'signed-in' }],
    ['/forgot-password', { page: 'forgot-password' }],
    ['/reset-password', { page: 'reset-password' }],
    ['/verify-email', { page: 'verify-email' }],
    ['/invitation', { page: 'invitation' }],
    ['/account', { page: 'account' }],
    ['/account/', { page: 'account' }],
    ['/account/more', { page: 'unknown' }],
    ['/doctor', { page: 'outside-test' }],
    ['/doctor/', { page: 'outside-test' }],
    ['/admin', { page: 'admin', section: '' }],
    ['/admin/', { page: 'admin', section: '' }],
    ['/admin/api-keys', { page: 'admin', section: 'api-keys' }],
    ['/admin/users/more', { page: 'unknown' }],
    ['/administrator', { page: 'unknown' }],
    ['/constructor', { page: 'unknown' }],
    ['//', { page: 'unknown' }],
    ['/elsewhere', { page: 'unknown' }],
  ])('%s', (path, route) => expect(routeOf(path)).toEqual(route));

  it('parses the path that meetingPath builds', () => {
    expect(routeOf(meetingPath('abc-defg-hjk'))).toEqual({ page: 'meeting', code: 'abc-defg-hjk' });
  });
});
