/**
 * Replaces every server candidate of this page with the person's own port of the network under
 * test. Works below any SDK.
 */
export function redirectMedia(port: number, address = '127.0.0.1'): void {
  const { prototype } = RTCPeerConnection;
  const setRemoteDescription = prototype.setRemoteDescription;
  prototype.setRemoteDescription = function (this: RTCPeerConnection, description: RTCSessionDescriptionInit) {
    return Reflect.apply(setRemoteDescription, this, [
      { type: description.type, sdp: redirected(description.sdp ?? '', address, port) },
    ]);
  } as typeof setRemoteDescription;
}

/** Keeps one UDP candidate for each section with any; the others bypass the network under test. */
function redirected(sdp: string, address: string, port: number): string {
  return sdp
    .split(/^(?=m=)/m)
    .map((section) => {
      let kept = false;
      return section.replaceAll(/^a=candidate:(\S+) (\d+) (\S+) (\d+) (\S+) (\d+) (.*\r?\n)/gm, (_, ...parts) => {
        const [foundation, component, protocol, priority, , , rest] = parts as string[];
        if (kept || protocol?.toLowerCase() !== 'udp') return '';
        kept = true;
        return `a=candidate:${foundation} ${component} udp ${priority} ${address} ${port} ${rest}`;
      });
    })
    .join('');
}
