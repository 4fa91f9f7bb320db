import { expect, it } from 'vitest';
import { ownIceParameters } from './own-ice.js';

it('are read from a local description, of its first section', () => {
  const sdp = [
    'v=0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=ice-ufrag:Ab+/',
    'a=ice-pwd:secret',
    'm=video 9',
    'a=ice-ufrag:Cd',
  ];
  expect(ownIceParameters(`${sdp.join('\r\n')}\r\n`)).toEqual({
    usernameFragment: 'Ab+/',
    password: 'secret',
    iceLite: false,
  });
});

it.each([undefined, '', 'v=0\r\n', 'a=ice-ufrag:Ab+/\r\n'])('are unknown in %j', (sdp) => {
  expect(ownIceParameters(sdp)).toBeUndefined();
});
