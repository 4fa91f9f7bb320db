export type { CallStore } from './call/call-store.js';
export type { Entry, JoiningState } from './call/joining.js';
export { PollList, type PollsState } from './call/poll-list.js';
export { useActiveSpeakers, useCall, useConnection, useParticipants } from './call/use-call.js';
export { useLately, useObserved } from './call/use-observed.js';
export { usePolls } from './call/use-polls.js';
export { type PreJoinState, usePreJoin } from './call/use-pre-join.js';
export { useScreenShare } from './call/use-screen-share.js';
export { ChatArrivals } from './chat/arrivals.js';
export type { About, Outgoing } from './chat/chat-log.js';
export { Conversation } from './chat/conversation.js';
export type {
  Arrival,
  ChatCall,
  ConversationOptions,
  ConversationState,
  DraftMemory,
} from './chat/conversation-state.js';
export type { ListedMessage } from './chat/listed-messages.js';
export { idOf, type Mentionable, mentionPattern, mentionsIn } from './chat/mentions.js';
export { type MessageControls, MessageItem } from './chat/message-item.js';
export { MessageList, type UnsentMessage } from './chat/message-list.js';
export {
  type OutgoingPrivateMessage,
  type PrivateCall,
  PrivateMessages,
  type PrivateMessagesState,
} from './chat/private-messages.js';
export { saveFile } from './chat/save-file.js';
export { MOST_FILES, type Upload, Uploads } from './chat/uploads.js';
export { useChat, useConversation, useConversationState } from './chat/use-chat.js';
export { type Composer, type ComposerOptions, useComposer } from './chat/use-composer.js';
export type { MentionChoice, MentionFieldProps } from './chat/use-mention-field.js';
export { usePrivateChat } from './chat/use-private-chat.js';
export { type Writing, writingOf } from './chat/writing.js';
export { Chat } from './components/chat.js';
export { CHAT_LABELS } from './components/chat-labels.js';
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
