// Hot path: no allocation per packet.
/**
 * A packet of which a feedback reported; one object is filled for each. The parts of the estimate are given the object and
 * not its times, because V8 makes an object of each fraction that is an argument.
 */
export class ReportedPacket {
  /** When it left, milliseconds; by the receiver's clock, when it arrived, if it did. */
  sentAt = 0;
  arrivedAt = 0;
  /** Bytes of RTP with its header and extensions. */
  size = 0;
  /** Probe cluster that it belongs to, 0 for none. */
  cluster = 0;
}
