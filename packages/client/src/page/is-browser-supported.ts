/**
 * Whether `join` can work here. Some browsers lack WebRTC: other engines, Apple's Lockdown Mode, a
 * setting of Firefox. False outside of browsers.
 */
export function isBrowserSupported(): boolean {
  return typeof RTCPeerConnection === 'function';
}
