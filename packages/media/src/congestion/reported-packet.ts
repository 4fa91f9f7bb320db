// Hot path: no allocation per packet.
/**
 * A packet in a feedback; one object is filled for each. The parts of the estimate receive the
 * object and not its times, because V8 makes an object of each fraction that is an argument.
 */
export class ReportedPacket {
  /**
   * Its sending time, milliseconds; and its arrival time by the receiver's clock, if it arrived.
   */
  sentAt = 0;
  arrivedAt = 0;
  /** Bytes of RTP with its header and extensions. */
  size = 0;
  /** Probe cluster that it belongs to, 0 for none. */
  cluster = 0;
}
