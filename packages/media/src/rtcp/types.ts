/** Packet types and formats of RTCP that the engine reads or writes. */
export const RtcpType = {
  SenderReport: 200,
  ReceiverReport: 201,
  SourceDescription: 202,
  Bye: 203,
  Application: 204,
  TransportFeedback: 205,
  PayloadFeedback: 206,
  ExtendedReport: 207,
} as const;

/** RFC 4585 section 6.2 and draft-holmer-rmcat-transport-wide-cc-extensions-01. */
export const TransportFeedbackFormat = { GenericNack: 1, TransportWide: 15 } as const;

/** RFC 4585 section 6.3, RFC 5104 section 4.3, draft-alvestrand-rmcat-remb-03. */
export const PayloadFeedbackFormat = { PictureLoss: 1, FullIntra: 4, ApplicationLayer: 15 } as const;
