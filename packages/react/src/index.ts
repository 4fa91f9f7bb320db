export type { Entry, JoiningState } from './call/joining.js';
export { PollList, type PollsState } from './call/poll-list.js';
export {
  type OutgoingPrivateMessage,
  type PrivateCall,
  PrivateMessages,
  type PrivateMessagesState,
} from './call/private-messages.js';
export { useActiveSpeakers, useCall, useConnection, useParticipants } from './call/use-call.js';
export { useChat } from './call/use-chat.js';
export { useLately, useObserved } from './call/use-observed.js';
export { usePolls } from './call/use-polls.js';
export { type PreJoinState, usePreJoin } from './call/use-pre-join.js';
export { usePrivateChat } from './call/use-private-chat.js';
export { useScreenShare } from './call/use-screen-share.js';
export { CHAT_LABELS, Chat } from './components/chat.js';
export { CONTROL_LABELS, type Control, DeviceControls, type DrawControl } from './components/control.js';
export { Controls } from './components/controls.js';
export { DEVICE_LABELS, DeviceSelects } from './components/device-select.js';
export { PRE_JOIN_LABELS, PreJoin } from './components/pre-join.js';
export { Preview } from './components/preview.js';
export { OwnTile, Tile } from './components/tile.js';
export { TileFrame, type TileFrameProps } from './components/tile-frame.js';
export type { DevicePermissions } from './devices/capture.js';
export type * from './devices/device-effect.js';
export type * from './devices/device-memory.js';
export { askingDevices, deviceTroubles } from './devices/device-notes.js';
export * from './devices/media-devices.js';
export { OpenedDevices, type OpenedDevicesOptions } from './devices/opened-devices.js';
export { publishDevices, tracksToPublish } from './devices/publish-devices.js';
export { canShareScreen, shareScreen, stopSharing } from './devices/screen-share.js';
export { useMediaDevices } from './devices/use-media-devices.js';
export { type AspectRange, type Fit, fitTiles } from './grid/fit-tiles.js';
export { Grid } from './grid/grid.js';
export { useSize } from './grid/use-size.js';
export { RemoteSound } from './tracks/remote-sound.js';
export { useCallAudio } from './tracks/use-call-audio.js';
export { useSuccession } from './tracks/use-succession.js';
export { useTrack } from './tracks/use-track.js';
export { Video } from './tracks/video.js';
