import type { MediaKind } from '@waterbus/media';
import {
  MediaStreamTrack,
  RtpPacket as Packet,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RtpHeader,
  type RtpPacket,
  useNACK,
  useOPUS,
  usePLI,
  useSdesMid,
  useTransportWideCC,
  useTWCC,
  useVP8,
} from 'werift';
import { PacketParticipant } from './packet-participant.js';
import type { Participant, Place } from './participant.js';
import type { RtpConnection } from './rtp-connection.js';
