/** A transport's own figures, as W3C webrtc-stats names them, with its direction and media node. */
export async function report<D extends 'send' | 'receive'>(
  direction: D,
  { transport, mediaNodeId }: { transport: { stats(): Promise<RTCStatsReport> }; mediaNodeId: string },
): Promise<{ direction: D; mediaNodeId: string; report: RTCStatsReport }> {
  return { direction, mediaNodeId, report: await transport.stats() };
}
