import type { IceParameters } from '@waterbus/protocol';

/**
 * The ICE credentials of a local description; undefined before there is one. All media sections
 * share one transport, so the first ones are those of all.
 */
export function ownIceParameters(sdp: string | undefined): IceParameters | undefined {
  const usernameFragment = sdp?.match(/^a=ice-ufrag:(\S+)/m)?.[1];
  const password = sdp?.match(/^a=ice-pwd:(\S+)/m)?.[1];
  return usernameFragment && password ? { usernameFragment, password, iceLite: false } : undefined;
}
